using OrleansIngest.Core.Records;
using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.Writing;

namespace OrleansIngest.Timescale.Tests.Writing;

public sealed class StoringTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private readonly TestDatabase _database = fixture.Database;

    public async ValueTask InitializeAsync() => await _database.ExecuteAsync("TRUNCATE iot_measurements, iot_raw_data");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Rows_are_in_their_table_once_they_are_said_to_be()
    {
        await using var run = new WriterRun(_database);

        Assert.Empty(await run.WriteAsync(Enumerable.Range(0, 40).Select(i => Given.Measurements($"device-{i}", 25))));

        Assert.Equal(1000L, await CountAsync());
        Assert.Equal((1000L, 0L, 0L), (run.Health.RowsWritten, run.Health.Conflicts, run.Health.QueuedRows));
        Assert.Equal(WriterState.Ready, run.Health.State);
        Assert.True(run.Health.FlushDuration.Count > 0);
    }

    [Fact]
    public async Task An_idle_connection_writes_at_once()
    {
        await using var run = new WriterRun(_database, o => o.BatchTimeout = TimeSpan.FromMinutes(1));
        await run.WriteAsync(Given.Measurements("warm-up", 1));
        for (var i = 0; i < 5; i++)
        {
            var started = TimeProvider.System.GetTimestamp();
            await run.WriteAsync(Given.Measurements("device", 1, first: i));
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public async Task What_comes_while_a_transaction_runs_is_the_next_one()
    {
        await using var run = new WriterRun(_database, o => o.Writers = 1);
        await using var locked = await TableLock.TakeAsync(_database);
        var first = run.Writer.WriteAsync(Given.Measurements("first", 1));
        await Until.TrueAsync(locked.IsWaitedForAsync, "the first transaction waits for the lock");
        var others = Enumerable.Range(0, 100).Select(i => run.Writer.WriteAsync(Given.Measurements($"device-{i}", 3))).ToList();
        Assert.Equal(301, run.Health.QueuedRows);

        await locked.ReleaseAsync();
        await Until.DoneAsync(Task.WhenAll([first, .. others]));

        Assert.Equal(301L, await CountAsync());
        Assert.Equal(2, run.Health.Batches);
    }

    [Fact]
    public async Task A_transaction_has_no_more_rows_than_it_may()
    {
        await using var run = new WriterRun(_database, o => (o.Writers, o.BatchSize) = (1, 10));
        await _database.ExecuteAsync(
            """
            CREATE TABLE transactions (id bigint, rows int);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO transactions VALUES (txid_current(), 1); RETURN NEW; END $$;
            CREATE TRIGGER note BEFORE INSERT ON iot_measurements FOR EACH ROW EXECUTE FUNCTION note();
            """);
        try
        {
            await run.WriteAsync(Enumerable.Range(0, 50).Select(i => Given.Measurements($"device-{i}", 3)));

            Assert.Equal(150L, await CountAsync());
            Assert.True(await _database.ScalarAsync<long>("SELECT max(c) FROM (SELECT sum(rows) c FROM transactions GROUP BY id) t") <= 10);
        }
        finally
        {
            await _database.ExecuteAsync("DROP TRIGGER note ON iot_measurements; DROP FUNCTION note; DROP TABLE transactions");
        }
    }

    [Fact]
    public async Task Rows_of_one_record_in_two_tables_are_one_unit()
    {
        await using var run = new WriterRun(_database, o => o.Writers = 1);

        await run.WriteAsync(Enumerable.Range(0, 10).Select(i => Given.Batch(
            $"device-{i}",
            Given.Decoded($"device-{i}", Given.Measurement($"device-{i}", Given.Start, i), Given.Raw($"device-{i}", Given.Start, offset: i)))));

        Assert.Equal(10L, await CountAsync());
        Assert.Equal(10L, await _database.ScalarAsync<long>("SELECT count(*) FROM iot_raw_data WHERE created_at > now() - INTERVAL '1 minute'"));
    }

    [Fact]
    public async Task Repeats_go_through_staging_for_some_batches_and_then_COPY_is_tried_again()
    {
        await using var run = new WriterRun(_database, o => (o.Writers, o.StagingBatches) = (1, 3));
        await run.WriteAsync(Given.Measurements("device", 10));
        Assert.Equal((1L, 0L), (run.Health.Batches, run.Health.StagedBatches));

        Assert.Empty(await run.WriteAsync(Given.Measurements("device", 12)));
        Assert.Equal((12L, 10L), (run.Health.RowsWritten, run.Health.Conflicts));
        for (var i = 1; i <= 5; i++)
        {
            await run.WriteAsync(Given.Measurements("device", 10, first: i * 100));
        }

        Assert.Equal(62L, await CountAsync());
        Assert.Equal((7L, 4L), (run.Health.Batches, run.Health.StagedBatches));
    }

    [Fact]
    public async Task Ignore_keeps_the_first_of_the_same_key_in_a_batch_and_in_the_table()
    {
        await using var run = new WriterRun(_database);

        await run.WriteAsync(Repeated("device", 1, 2, 3));
        Assert.Equal(1d, await _database.ScalarAsync<double>("SELECT value FROM iot_measurements"));

        await run.WriteAsync(Repeated("device", 4));
        Assert.Equal(1d, await _database.ScalarAsync<double>("SELECT value FROM iot_measurements"));
        Assert.Equal((1L, 3L), (run.Health.RowsWritten, run.Health.Conflicts));
    }

    [Fact]
    public async Task Update_keeps_the_last_of_the_same_key_in_a_batch_and_in_the_table()
    {
        await using var run = new WriterRun(_database, o => o.OnConflict = ConflictRule.Update);

        await run.WriteAsync(Repeated("device", 1, 2, 3));
        Assert.Equal(3d, await _database.ScalarAsync<double>("SELECT value FROM iot_measurements"));

        await run.WriteAsync(Repeated("device", 5, 4));
        Assert.Equal([[4d, "V4"]], await _database.RowsAsync("SELECT value, unit FROM iot_measurements"));
    }

    [Fact]
    public async Task Batches_of_one_key_are_written_in_the_order_of_the_calls()
    {
        await using var run = new WriterRun(_database, o => (o.OnConflict, o.BatchSize) = (ConflictRule.Update, 50));
        const int devices = 20;
        const int updates = 60;

        await run.WriteAsync(
            from update in Enumerable.Range(1, updates)
            from device in Enumerable.Range(0, devices)
            select Repeated($"device-{device}", update));

        Assert.Equal(
            Enumerable.Repeat((double)updates, devices),
            (await _database.RowsAsync("SELECT value FROM iot_measurements")).Select(row => (double)row[0]!));
    }

    private static Core.Delivery.DeviceBatch Repeated(string device, params IEnumerable<double> values) =>
        Given.Batch(device, values.Select(value => Given.Decoded(device, Given.Measurement(device, Given.Start, value, $"V{value}"))));

    private Task<long> CountAsync() => _database.ScalarAsync<long>("SELECT count(*) FROM iot_measurements");
}
