using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.State;

namespace OrleansIngest.Timescale.Tests.State;

public sealed class SourceEpochsTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private readonly TestDatabase _database = fixture.Database;
    private readonly string _group = Guid.NewGuid().ToString();

    private CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_partition_begins_at_epoch_0_and_keeps_it()
    {
        var epochs = Epochs();

        var first = await epochs.ResolveAsync(Start(committed: null, high: 100), Cancel);
        Assert.Equal(new RecordSource("cluster", "topic", 3, 0, 0), first);

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
        await new SourceEpochs(_database.Connections, _database.Options, "another", new LogRecorder<SourceEpochs>(), TimeProvider.System)
            .ResolveAsync(Start(null, 1), Cancel);
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

    private static PartitionStart Start(long? committed, long high) => new("cluster", "topic", 3, committed, 0, high);

    private SourceEpochs Epochs() => new(_database.Connections, _database.Options, _group, new LogRecorder<SourceEpochs>(), TimeProvider.System);

    private async Task<long> NowAsync() =>
        (await _database.ScalarAsync<DateTime>("SELECT clock_timestamp()") - DateTime.UnixEpoch).Ticks / 10;
}
