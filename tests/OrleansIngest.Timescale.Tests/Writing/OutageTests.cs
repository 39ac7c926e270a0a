using Npgsql;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.Writing;

namespace OrleansIngest.Timescale.Tests.Writing;

public sealed class OutageTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private readonly TestDatabase _database = fixture.Database;

    public async ValueTask InitializeAsync() => await _database.ExecuteAsync("TRUNCATE iot_measurements");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_full_disk_only_delays_and_is_logged_once()
    {
        await _database.ExecuteAsync(
            """
            CREATE TABLE disk_is_full ();
            CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF to_regclass('disk_is_full') IS NOT NULL THEN
                    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER fill BEFORE INSERT ON iot_measurements FOR EACH ROW EXECUTE FUNCTION fill();
            """);
        await using var run = new WriterRun(_database);
        var writes = Enumerable.Range(0, 20).Select(i => run.Writer.WriteAsync(Given.Measurements($"device-{i}", 50))).ToList();
        await Until.TrueAsync(() => run.Health.Retries > 5, "it was tried several times");

        Assert.Equal(WriterState.Outage, run.Health.State);
        Assert.Equal(("53100", 1000L), (run.Health.LastSqlState, run.Health.QueuedRows));
        Assert.DoesNotContain(writes, write => write.IsCompleted);
        await _database.ExecuteAsync("DROP TABLE disk_is_full");
        Assert.All(await Until.DoneAsync(Task.WhenAll(writes)), Assert.Empty);
        await _database.ExecuteAsync("DROP TRIGGER fill ON iot_measurements; DROP FUNCTION fill");

        Assert.Equal(1000L, await CountAsync());
        Assert.Equal((1000L, WriterState.Ready), (run.Health.RowsWritten, run.Health.State));
        Assert.Contains("No space left", Assert.Single(run.Log.Texts(WriterRun.OutageBegan)));
        Assert.Single(run.Log.Texts(WriterRun.OutageEnded));
    }

    [Fact]
    public async Task Connections_terminated_in_mid_stream_lose_nothing_and_repeat_nothing()
    {
        await using var run = new WriterRun(_database);
        const int devices = 300;
        var writes = new List<Task<IReadOnlyList<RefusedRecord>>>();
        for (var i = 0; i < devices; i++)
        {
            writes.Add(run.Writer.WriteAsync(Given.Measurements($"device-{i}", 50)));
            if (i % 100 == 50)
            {
                await _database.ExecuteAsync(
                    """
                    SELECT pg_terminate_backend(pid) FROM (
                        SELECT pid FROM pg_stat_activity
                        WHERE datname = current_database() AND application_name LIKE 'orleans-ingest test %' LIMIT 1) one
                    """);
            }

            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.All(await Until.DoneAsync(Task.WhenAll(writes)), Assert.Empty);

        Assert.Equal(devices * 50L, await CountAsync());
        Assert.NotEmpty(run.Log.Texts(WriterRun.OutageBegan));
        Assert.InRange(run.Log.Texts(WriterRun.OutageBegan).Count, 1, 3);
        Assert.Equal(WriterState.Ready, run.Health.State);
    }

    [Fact]
    public async Task A_locked_table_only_delays_and_is_no_outage()
    {
        await using var run = new WriterRun(_database);
        await using var locked = await TableLock.TakeAsync(_database);
        var write = run.Writer.WriteAsync(Given.Measurements("device", 5));
        await Until.TrueAsync(locked.IsWaitedForAsync, "the writer waits for the lock");
        Assert.False(write.IsCompleted);

        await locked.ReleaseAsync();

        Assert.Empty(await Until.DoneAsync(write));
        Assert.Equal(5L, await CountAsync());
        Assert.Equal("", run.Log.All);
    }

    [Fact]
    public async Task A_hook_that_fails_only_delays_and_is_called_for_every_connection()
    {
        var calls = 0;
        await using var run = new WriterRun(_database, o => o.Writers = 1, (connection, _) =>
            ++calls < 3 ? throw new NpgsqlException("not yet") : ValueTask.CompletedTask);

        await run.WriteAsync(Given.Measurements("device", 5));

        Assert.Equal((3, 2L), (calls, run.Health.Retries));
        Assert.Equal(5L, await CountAsync());
    }

    [Fact]
    public async Task A_hook_that_has_lost_the_lock_stops_the_writer()
    {
        await using var run = new WriterRun(_database, opened: (_, _) => throw new WriterStoppedException("another host has the lock"));

        var error = await Assert.ThrowsAsync<WriterStoppedException>(() => Until.DoneAsync(run.Writer.WriteAsync(Given.Measurements("device", 1))));
        await Until.DoneAsync(run.Writer.Stopped);

        Assert.Equal("another host has the lock", error.Message);
        Assert.Equal(WriterState.Stopped, run.Health.State);
        Assert.Equal(0L, await CountAsync());
    }

    [Fact]
    public async Task Stopping_stores_what_was_handed_in_and_takes_no_more()
    {
        await using var run = new WriterRun(_database);
        var writes = Enumerable.Range(0, 100).Select(i => run.Writer.WriteAsync(Given.Measurements($"device-{i}", 10))).ToList();

        await run.Writer.StopAsync(TimeSpan.FromSeconds(10));

        Assert.All(writes, write => Assert.True(write.IsCompletedSuccessfully));
        Assert.Equal(1000L, await CountAsync());
        await Assert.ThrowsAsync<WriterStoppedException>(() => run.Writer.WriteAsync(Given.Measurements("device", 1)));
        await Until.DoneAsync(run.Writer.Stopped);
    }

    [Fact]
    public async Task Stopping_gives_up_at_the_deadline_what_the_database_does_not_take()
    {
        await using var run = new WriterRun(_database);
        await using var locked = await TableLock.TakeAsync(_database);
        var writes = Enumerable.Range(0, 10).Select(i => run.Writer.WriteAsync(Given.Measurements($"device-{i}", 10))).ToList();
        await Until.TrueAsync(locked.IsWaitedForAsync, "the writer waits for the lock");
        var started = TimeProvider.System.GetTimestamp();

        await run.Writer.StopAsync(TimeSpan.FromMilliseconds(200));

        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0.15, 5);
        foreach (var write in writes)
        {
            Assert.Contains("0.2 s were not enough", (await Assert.ThrowsAsync<WriterStoppedException>(() => write)).Message);
        }

        Assert.Equal(0, run.Health.QueuedRows);
    }

    private Task<long> CountAsync() => _database.ScalarAsync<long>("SELECT count(*) FROM iot_measurements");
}
