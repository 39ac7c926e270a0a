using OrleansIngest.Core.Delivery;
using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.Writing;

namespace OrleansIngest.Timescale.Tests.Writing;

public sealed class RefusalTests : IAsyncLifetime
{
    private const double Poison = 666;
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        await _database.ExecuteAsync(
            $"""
             ALTER TABLE iot_measurements ADD CONSTRAINT no_poison CHECK (value <> {Poison});
             ALTER TABLE iot_raw_data ADD CONSTRAINT no_raw_poison CHECK (kafka_offset <> {Poison});
             """);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task One_bad_record_in_5000_costs_itself_alone()
    {
        await using var run = new WriterRun(_database, o => o.Writers = 1);
        await using var locked = await TableLock.TakeAsync(_database);
        var first = run.Writer.WriteAsync(Given.Measurements("first", 1));
        await Until.TrueAsync(locked.IsWaitedForAsync, "the first transaction waits for the lock");
        var batches = Enumerable.Range(0, 50).Select(i => Given.Measurements($"device-{i}", 100)).ToList();
        batches[37].Records[42] = Given.Decoded("device-37", Given.Measurement("device-37", Given.Start, Poison));
        var writes = batches.ConvertAll(run.Writer.WriteAsync);
        await locked.ReleaseAsync();
        await Until.DoneAsync(first);

        var results = await Until.DoneAsync(Task.WhenAll(writes));

        var refused = Assert.Single(results[37]);
        Assert.Same(batches[37].Records[42], refused.Record);
        Assert.Equal("23514", refused.SqlState);
        Assert.Contains("no_poison", refused.Error);
        Assert.All(results.Where((_, i) => i != 37), Assert.Empty);
        Assert.Equal(5000L, await _database.ScalarAsync<long>("SELECT count(*) FROM iot_measurements"));
        Assert.Equal(1, run.Health.Refused);
        Assert.Equal(WriterState.Ready, run.Health.State);
        Assert.Empty(run.Log.Texts(WriterRun.OutageBegan));
    }

    [Fact]
    public async Task A_record_whose_second_row_is_refused_stores_none()
    {
        await using var run = new WriterRun(_database, o => o.Writers = 1);
        var records = Enumerable.Range(660, 10).Select(i => Given.Decoded(
            "device", Given.Measurement("device", Given.Start + i, 1), Given.Raw("device", Given.Start + i, offset: i))).ToList();

        var refused = Assert.Single(await run.WriteAsync(Given.Batch("device", records)));

        Assert.Same(records[6], refused.Record);
        Assert.Equal(9L, await _database.ScalarAsync<long>("SELECT count(*) FROM iot_measurements"));
        Assert.Equal(9L, await _database.ScalarAsync<long>("SELECT count(*) FROM iot_raw_data"));
        Assert.Equal(0L, await _database.ScalarAsync<long>($"SELECT count(*) FROM iot_measurements WHERE timestamp = to_timestamp(({Given.Start} + 666) / 1000000.0)"));
    }

    [Theory]
    [InlineData("too long for the column, which takes twenty", "22001")]
    [InlineData("nul\0inside", "22021")]
    public async Task Text_that_cannot_be_stored_is_refused_with_its_reason(string unit, string sqlState)
    {
        await using var run = new WriterRun(_database);

        var refused = Assert.Single(await run.WriteAsync(Given.Batch(
            "device",
            Given.Decoded("device", Given.Measurement("device", Given.Start, 1)),
            Given.Decoded("device", Given.Measurement("device", Given.Start + 1, 1, unit)),
            Given.Decoded("device", Given.Measurement("device", Given.Start + 2, 1)))));

        Assert.Equal(sqlState, refused.SqlState);
        Assert.Equal(2L, await _database.ScalarAsync<long>("SELECT count(*) FROM iot_measurements"));
    }

    [Fact]
    public async Task Half_a_surrogate_pair_is_refused_with_the_name_of_its_column()
    {
        await using var run = new WriterRun(_database);

        var batch = Given.Measurements("device", 4000); // several chunks are sent before the bad one is found
        batch.Records.Add(Given.Decoded("device", Given.Measurement("device", Given.Start - 1, 1, "\udc00")));

        var refused = Assert.Single(await run.WriteAsync(batch));

        Assert.Same(batch.Records[^1], refused.Record);
        Assert.Equal("22021", refused.SqlState);
        Assert.Contains("table \"iot_measurements\", column \"unit\"", refused.Error);
        Assert.Equal((4000L, 0L), (run.Health.RowsWritten, run.Health.Conflicts));
    }

    [Fact]
    public async Task A_trigger_that_raises_an_exception_refuses()
    {
        await _database.ExecuteAsync(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON iot_measurements FOR EACH ROW WHEN (NEW.device_id = 'bad') EXECUTE FUNCTION refuse();
            """);
        await using var run = new WriterRun(_database);

        var refused = Assert.Single(await run.WriteAsync(Given.Measurements("good", 3), Given.Measurements("bad", 1)));

        Assert.Equal(("P0001", "not this one"), (refused.SqlState, refused.Error));
        Assert.Equal(3L, await _database.ScalarAsync<long>("SELECT count(*) FROM iot_measurements"));
    }

    [Fact]
    public async Task More_refusals_than_can_be_bad_records_stop_the_writer()
    {
        await using var run = new WriterRun(_database, o => (o.Writers, o.MaxRejectShare) = (1, 0.003)); // 30 of 10,000
        var some = await run.WriteAsync(Given.Measurements("device", 20, value: Poison));
        Assert.Equal(20, some.Count);

        var many = run.Writer.WriteAsync(Given.Measurements("device", 50, first: 100, value: Poison));
        var error = await Assert.ThrowsAsync<WriterStoppedException>(() => Until.DoneAsync(many));
        await Until.DoneAsync(run.Writer.Stopped);

        Assert.Contains("no_poison", error.Message);
        Assert.Equal(error.Message, run.Health.StopReason);
        Assert.Equal(WriterState.BrokenSchema, run.Health.State);
        Assert.Equal(0, run.Health.QueuedRows);
        Assert.Single(run.Log.Texts(WriterRun.WriterStopped));
        await Assert.ThrowsAsync<WriterStoppedException>(() => run.Writer.WriteAsync(Given.Measurements("device", 1)));
    }

    [Fact]
    public void The_share_is_that_of_the_last_records_only()
    {
        var window = new RejectWindow(0.001);
        Assert.All(Enumerable.Range(0, 10), _ => Assert.False(window.Refused()));
        window.Stored(RejectWindow.Size - 10);
        Assert.True(window.Refused() is false, "the first of the ten has just left the window");

        window.Stored(RejectWindow.Size);
        Assert.All(Enumerable.Range(0, 10), _ => Assert.False(window.Refused()));
        Assert.True(window.Refused());
    }
}
