using System.Text;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Records;
using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.State;
using OrleansIngest.Timescale.Tests.Writing;

namespace OrleansIngest.Timescale.Tests.State;

public sealed class TwinStoreTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private const string Group = "orleans-ingest";
    private readonly TestDatabase _database = fixture.Database;
    private readonly LogRecorder<TwinStore> _log = new();

    private CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        await _database.ExecuteAsync("TRUNCATE device_state, source_partitions, iot_raw_data, iot_measurements");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Snapshots_come_back_as_they_were_saved_and_the_last_one_counts()
    {
        var store = Store();
        await store.SaveAsync([Snapshot("a", 1), Snapshot("b-😀", 2)], Cancel);
        await store.SaveAsync([Snapshot("a", 3)], Cancel);

        var loaded = (await store.LoadAsync(["a", "b-😀", "unknown"], Cancel)).OrderBy(s => s.DeviceId, StringComparer.Ordinal).ToList();

        Assert.Equal(["a", "b-😀"], loaded.Select(s => s.DeviceId));
        Assert.Equal([Given.Start + 3, Given.Start + 2], loaded.Select(s => s.LastSeenMicros));
        Assert.Equal(["{\"n\": 3, \"unit\": \"°C\"}", "{\"n\": 2, \"unit\": \"°C\"}"], loaded.Select(s => Encoding.UTF8.GetString(s.State.Span)));
        Assert.Empty(await store.LoadAsync([], Cancel));
        await store.SaveAsync([], Cancel);
        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public async Task A_state_that_is_no_JSON_is_the_callers_error_and_not_tried_for_ever()
    {
        var error = await Assert.ThrowsAsync<Npgsql.PostgresException>(
            () => Store().SaveAsync([new("a", "no json"u8.ToArray(), Given.Start)], Cancel));

        Assert.Equal("22P02", error.SqlState);
    }

    [Fact]
    public async Task The_journal_has_the_rows_that_marks_do_not_cover_in_their_order()
    {
        await WriteRawAsync("a", 0, 1, 2, 3, 4);
        await WriteRawAsync("b", 5, 6);
        await WriteRawAsync("c", 7);

        var rows = await ReadAsync(new("b", long.MinValue, []), new("a", long.MinValue, [Mark(offset: 2)]));

        Assert.Equal([("a", 3L), ("a", 4L), ("b", 5L), ("b", 6L)], rows.Select(row => (row.DeviceId, row.Offset)));
        var row = rows[0];
        Assert.Equal(("decoded_iot_data", 0, Given.Start + 3), (row.Topic, row.Partition, row.TimeMicros));
        Assert.Equal("{\"n\": 3}", Encoding.UTF8.GetString(row.Payload.Span));
        Assert.InRange(row.CreatedAtMicros, await NowAsync() - 60_000_000, await NowAsync());
    }

    [Fact]
    public async Task Only_rows_from_the_time_that_was_asked_for_are_read()
    {
        await WriteRawAsync("a", 0, 1, 2, 3, 4);

        Assert.Equal([3L, 4L], (await ReadAsync(new JournalRequest("a", Given.Start + 3, []))).Select(row => row.Offset));
    }

    [Fact]
    public async Task A_mark_covers_its_own_partition_only()
    {
        await WriteRawAsync("a", 0, 1);

        Assert.Equal(2, (await ReadAsync(new JournalRequest("a", long.MinValue, [Mark(offset: 9) with { Partition = 1 }]))).Count);
        Assert.Equal(2, (await ReadAsync(new JournalRequest("a", long.MinValue, [Mark(offset: 9) with { Topic = "other" }]))).Count);
    }

    [Fact]
    public async Task When_the_log_began_again_a_mark_covers_the_rows_of_its_own_epoch_and_older_ones()
    {
        var epochs = new SourceEpochs(_database.Connections, _database.Options, Group, new LogRecorder<SourceEpochs>(), TimeProvider.System);
        var start = new PartitionStart("cluster", "decoded_iot_data", 0, null, 0, 100);
        var old = await epochs.ResolveAsync(start, Cancel);
        await WriteRawAsync("a", 10, 11, 12, 13);
        await epochs.SaveAsync([new(old, 14)], Cancel);
        var present = await epochs.ResolveAsync(start with { Committed = 14, High = 2 }, Cancel);
        Assert.Equal(1, present.Epoch);
        await WriteRawAsync("a", 0, 1);

        // A snapshot of the older epoch lacks the rest of it and all that came since.
        Assert.Equal([13L, 0L, 1L], (await ReadAsync(new JournalRequest("a", long.MinValue, [Mark(offset: 12)]))).Select(row => row.Offset));
        // One of the present epoch has seen the older one.
        Assert.Equal(
            [1L],
            (await ReadAsync(new JournalRequest("a", long.MinValue, [new("cluster", "decoded_iot_data", 0, 1, present.EpochStartedMicros, 0)])))
                .Select(row => row.Offset));
    }

    [Fact]
    public async Task A_mark_of_another_cluster_does_not_cover_what_came_since_the_partition_moved()
    {
        var epochs = new SourceEpochs(_database.Connections, _database.Options, Group, new LogRecorder<SourceEpochs>(), TimeProvider.System);
        await epochs.ResolveAsync(new PartitionStart("cluster", "decoded_iot_data", 0, null, 0, 100), Cancel);
        await WriteRawAsync("a", 7, 8, 9);
        var moved = await epochs.ResolveAsync(new PartitionStart("another", "decoded_iot_data", 0, null, 0, 2), Cancel);
        await WriteRawAsync("a", 0, 1);

        Assert.Equal((0, true), (moved.Epoch, moved.EpochStartedMicros > 0));
        Assert.Equal([9L, 0L, 1L], (await ReadAsync(new JournalRequest("a", long.MinValue, [Mark(offset: 8)]))).Select(row => row.Offset));
    }

    [Fact]
    public async Task Rows_of_a_table_taken_over_that_name_no_record_are_left_out()
    {
        await using (var relax = _database.Connections.Maintenance.CreateCommand(
            "ALTER TABLE iot_raw_data ALTER kafka_partition DROP NOT NULL, ALTER kafka_offset DROP NOT NULL"))
        {
            await relax.ExecuteNonQueryAsync(Cancel);
        }

        await WriteRawAsync("a", 0);
        await using (var foreign = _database.Connections.Maintenance.CreateCommand(
            "INSERT INTO iot_raw_data (time, device_id, topic, payload) SELECT time, device_id, topic, payload FROM iot_raw_data"))
        {
            await foreign.ExecuteNonQueryAsync(Cancel);
        }

        Assert.Equal([0L], (await ReadAsync(new JournalRequest("a", long.MinValue, []))).Select(row => row.Offset));
    }

    [Fact]
    public async Task The_latest_row_of_each_data_point_is_read()
    {
        await using var run = new WriterRun(_database);
        await run.WriteAsync(Given.Batch(
            "a",
            Given.Decoded("a", Given.Measurement("a", Given.Start, 1), Given.Measurement("a", Given.Start + 5, 2)),
            Given.Decoded("a", Given.Measurement("a", Given.Start + 3, double.NaN, component: "current"), Given.Measurement("b", Given.Start, 9))));

        var latest = new List<LatestMeasurement>();
        await foreach (var row in Store().ReadLatestAsync([new("a", Given.Start, [])], Cancel))
        {
            latest.Add(row);
        }

        Assert.Equal(
            [new("a", "modbus", "current", "1", Given.Start + 3, double.NaN), new("a", "modbus", "voltage", "1", Given.Start + 5, 2)],
            latest);
    }

    [Fact]
    public async Task Reading_goes_on_where_a_lost_connection_interrupted_it()
    {
        await using var run = new WriterRun(_database);

        // More bytes than the sockets' buffers hold, so that each lost connection is lost before the last row is on its way.
        const int rows = 20_000, payload = 2_000;
        await run.WriteAsync(Enumerable.Range(0, 20).Select(d => Given.Batch($"device-{d:00}", Enumerable.Range(0, rows / 20).Select(i =>
            Given.Decoded("any", Given.Raw($"device-{d:00}", Given.Start + i, offset: (d * rows) + i, payload: $"{{\"text\": \"{new string('x', payload)}\"}}"))))));
        var requests = Enumerable.Range(0, 20).Select(d => new JournalRequest($"device-{d:00}", long.MinValue, [])).ToList();
        var read = new List<JournalRow>();
        var killed = 0;

        await foreach (var row in Store().ReadJournalAsync(requests, Cancel))
        {
            read.Add(row);
            // The second one only once the first was noticed: until then its buffered rows still arrive.
            if (read.Count >= 300 && killed < 2 && _log.Texts(WriterRun.OutageBegan).Count == killed)
            {
                killed++;
                await _database.ExecuteAsync(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'WITH marks%'");
            }
        }

        Assert.Equal(rows, read.Count);
        Assert.Equal(rows, read.Select(row => row.Offset).Distinct().Count());
        Assert.Equal(read.OrderBy(row => row.DeviceId, StringComparer.Ordinal).ThenBy(row => row.CreatedAtMicros).ThenBy(row => row.Offset), read);
        Assert.Equal(2, _log.Texts(WriterRun.OutageBegan).Count);
    }

    private static SourceMark Mark(long offset) => new("cluster", "decoded_iot_data", 0, 0, 0, offset);

    private static TwinSnapshot Snapshot(string device, int n) => new(device, Encoding.UTF8.GetBytes($$"""{"unit":"°C","n":{{n}}}"""), Given.Start + n);

    private TwinStore Store() => new(_database.Connections, _database.Options, Group, _log, TimeProvider.System);

    private async Task WriteRawAsync(string device, params long[] offsets)
    {
        await using var run = new WriterRun(_database);
        await run.WriteAsync(Given.Batch(device, offsets.Select(offset =>
            Given.Decoded(device, Given.Raw(device, Given.Start + offset, offset, $$"""{"n": {{offset}}}""")))));
    }

    private async Task<List<JournalRow>> ReadAsync(params JournalRequest[] requests)
    {
        var rows = new List<JournalRow>();
        await foreach (var row in Store().ReadJournalAsync(requests, Cancel))
        {
            rows.Add(row);
        }

        return rows;
    }

    private async Task<long> NowAsync() =>
        (await _database.ScalarAsync<DateTime>("SELECT clock_timestamp()") - DateTime.UnixEpoch).Ticks / 10;
}
