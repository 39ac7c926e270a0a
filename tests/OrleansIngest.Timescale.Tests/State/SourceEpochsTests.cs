using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;
using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.State;

namespace OrleansIngest.Timescale.Tests.State;

public sealed class SourceEpochsTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private readonly TestDatabase _database = fixture.Database;
    private readonly string _group = Guid.NewGuid().ToString();
    private readonly string _topic = Guid.NewGuid().ToString(); // groups know of each other's logs

    private CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_partition_begins_at_epoch_0_and_keeps_it()
    {
        var epochs = Epochs();

        var first = await epochs.ResolveAsync(Start(committed: null, high: 100), Cancel);
        Assert.Equal(new RecordSource("cluster", _topic, 3, 0, 0), first);

        await epochs.SaveAsync([new(first, 100)], Cancel);
        Assert.Equal(first, await Epochs().ResolveAsync(Start(committed: 100, high: 150), Cancel));
    }

    [Fact]
    public async Task A_log_that_began_again_has_the_next_epoch_and_the_time_when_that_was_noticed()
    {
        var epochs = Epochs();
        var first = await epochs.ResolveAsync(Start(committed: null, high: 100), Cancel);
        await epochs.SaveAsync([new(first, 100)], Cancel);
        var before = await NowAsync();

        var second = await epochs.ResolveAsync(Start(committed: 20, high: 50), Cancel);

        Assert.Equal(1, second.Epoch);
        Assert.InRange(second.EpochStartedMicros, before, await NowAsync());
        await epochs.SaveAsync([new(second, 30)], Cancel);
        Assert.Equal(second, await epochs.ResolveAsync(Start(committed: 30, high: 50), Cancel));
    }

    [Fact]
    public async Task Watermarks_move_forward_only_and_only_in_their_epoch()
    {
        var epochs = Epochs();
        var source = await epochs.ResolveAsync(Start(committed: null, high: 100), Cancel);

        await epochs.SaveAsync([new(source, 80)], Cancel);
        await epochs.SaveAsync([new(source, 70), new(source with { Partition = 99 }, 1)], Cancel);
        await epochs.SaveAsync([new(source with { Epoch = 7 }, 1000)], Cancel);

        Assert.Equal(80L, await _database.ScalarAsync<long>($"SELECT high_water FROM source_partitions WHERE group_id = '{_group}'"));
    }

    [Fact]
    public async Task All_sources_of_the_group_and_no_others_are_listed()
    {
        var epochs = Epochs();
        await Epochs("another").ResolveAsync(Start(null, 1), Cancel);
        List<RecordSource> sources = [];
        for (var partition = 0; partition < 3; partition++)
        {
            sources.Add(await epochs.ResolveAsync(Start(committed: null, high: 1) with { Partition = partition }, Cancel));
        }

        Assert.Equal(sources, await epochs.ListAsync(Cancel));
    }

    [Fact]
    public async Task Hosts_that_open_a_partition_at_once_agree()
    {
        var first = await Epochs().ResolveAsync(Start(committed: null, high: 100), Cancel);
        await Epochs().SaveAsync([new(first, 100)], Cancel);

        var sources = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Epochs().ResolveAsync(Start(committed: 20, high: 50), Cancel)));

        Assert.All(sources, source => Assert.Equal(1, source.Epoch));
        Assert.Single(sources.Distinct());
    }

    [Fact]
    public async Task A_new_group_reads_a_known_log_at_its_epoch_so_that_twins_go_on()
    {
        await Epochs("first").SaveAsync([new(await Epochs("first").ResolveAsync(Start(committed: null, high: 100), Cancel), 100)], Cancel);
        var restarted = await Epochs("first").ResolveAsync(Start(committed: null, high: 20), Cancel);
        await Epochs("first").SaveAsync([new(restarted, 20)], Cancel);
        Assert.Equal(1, restarted.Epoch);
        var twin = new DeviceTwin("a");
        Assert.True(twin.Apply(Record(restarted, 19)));
        twin = DeviceTwin.FromSnapshot(twin.TakeSnapshot());

        var taken = await Epochs().ResolveAsync(Start(committed: null, high: 30), Cancel);

        // Not lost, never read: with AutoOffsetReset=Latest it begins at the end.
        Assert.Equal(restarted with { IsNewToGroup = true }, taken);
        Assert.False((await Epochs().ResolveAsync(Start(committed: null, high: 30), Cancel)).IsNewToGroup);
        Assert.False(twin.Apply(Record(taken, 19)));
        Assert.True(twin.Apply(Record(taken, 20)));
        Assert.Equal(2, twin.Records);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(100L)]
    public async Task A_group_that_comes_back_takes_over_a_restart_that_another_has_noticed(long? committed)
    {
        foreach (var group in (string[])["first", _group])
        {
            await Epochs(group).SaveAsync([new(await Epochs(group).ResolveAsync(Start(committed: null, high: 100), Cancel), 100)], Cancel);
        }

        var restarted = await Epochs("first").ResolveAsync(Start(committed: null, high: 20), Cancel);
        await Epochs("first").SaveAsync([new(restarted, 20)], Cancel);

        var back = await Epochs().ResolveAsync(Start(committed, high: 50), Cancel);

        Assert.Equal((1, restarted), (back.Epoch, back));
        // What it knew of the old log is void.
        Assert.Equal(back, await Epochs().ResolveAsync(Start(committed: 50, high: 50), Cancel));
    }

    [Fact]
    public async Task A_new_group_notices_that_a_log_is_shorter_than_another_group_has_read()
    {
        await Epochs("first").SaveAsync([new(await Epochs("first").ResolveAsync(Start(committed: null, high: 100), Cancel), 100)], Cancel);

        var noticed = await Epochs().ResolveAsync(Start(committed: null, high: 50), Cancel);

        Assert.Equal(1, noticed.Epoch);
        Assert.Equal(noticed with { IsNewToGroup = false }, await Epochs("first").ResolveAsync(Start(committed: 100, high: 50), Cancel));
    }

    [Fact]
    public async Task Groups_that_notice_a_restart_at_once_agree()
    {
        var groups = Enumerable.Range(0, 8).Select(i => $"group {i}").ToList();
        foreach (var group in groups)
        {
            await Epochs(group).SaveAsync([new(await Epochs(group).ResolveAsync(Start(committed: null, high: 100), Cancel), 100)], Cancel);
        }

        var sources = await Task.WhenAll(groups.Select(group => Epochs(group).ResolveAsync(Start(committed: 100, high: 50), Cancel)));

        Assert.Equal(1, Assert.Single(sources.Distinct()).Epoch);
    }

    [Fact]
    public async Task A_new_group_on_another_cluster_than_the_last_begins_there_and_takes_over_where_another_did()
    {
        await Epochs("first").ResolveAsync(Start(committed: null, high: 100), Cancel);
        var moved = await Epochs("first").ResolveAsync(Start(committed: null, high: 10) with { ClusterId = "second" }, Cancel);
        Assert.True(moved.EpochStartedMicros > 0);

        Assert.Equal(moved, await Epochs().ResolveAsync(Start(committed: null, high: 10) with { ClusterId = "second" }, Cancel));
        var third = await Epochs().ResolveAsync(Start(committed: null, high: 10) with { ClusterId = "third" }, Cancel);
        Assert.Equal((0, true), (third.Epoch, third.EpochStartedMicros > moved.EpochStartedMicros));

        // Back on a log that another group still reads as the first: rows from now on are of this one.
        var fourth = await Epochs("another").ResolveAsync(Start(committed: null, high: 10) with { ClusterId = "fourth" }, Cancel);
        var back = await Epochs("another").ResolveAsync(Start(committed: null, high: 100), Cancel);
        Assert.Equal((0, true), (back.Epoch, back.EpochStartedMicros > fourth.EpochStartedMicros));
    }

    private static DecodedRecord Record(RecordSource source, long offset) => new(
        new SourceRecord { Source = source, Offset = offset, TimestampMicros = offset, Value = "{}"u8.ToArray() }, "a", offset,
        new MeasurementRow
        {
            TimeMicros = offset,
            DeviceId = "a",
            ConnectorMode = "modbus",
            ComponentType = "voltage",
            PinPosition = "1",
            Value = offset,
            Unit = "V",
            Topic = source.Topic,
        });

    private PartitionStart Start(long? committed, long high) => new("cluster", _topic, 3, committed, 0, high);

    private SourceEpochs Epochs(string? group = null) =>
        new(_database.Connections, _database.Options, group ?? _group, new LogRecorder<SourceEpochs>(), TimeProvider.System);

    private async Task<long> NowAsync() =>
        (await _database.ScalarAsync<DateTime>("SELECT clock_timestamp()") - DateTime.UnixEpoch).Ticks / 10;
}
