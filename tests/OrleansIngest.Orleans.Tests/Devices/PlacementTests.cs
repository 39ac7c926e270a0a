using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;
using Orleans.Runtime;
using OrleansIngest.Behaviour;
using OrleansIngest.Behaviour.Hosts;

namespace OrleansIngest.Orleans.Tests.Devices;

/// <summary>Where devices live, and what that costs.</summary>
public sealed class PlacementTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Partitions = 12, Devices = 1_200;

    private static readonly string[] Names = [.. Enumerable.Range(0, Devices).Select(i => $"d{i}")];

    private DeviceStage _stage = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await DeviceStage.SetAsync(Partitions);

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task Devices_live_where_their_partition_is_read()
    {
        var rounds = Scale.Of(300, 30);
        await using var cluster = await DeviceCluster.StartAsync(_stage, silos: 3);
        cluster.Writer.Discards = true;
        await SpreadAsync(cluster, 3);
        await _stage.SendAsync(Names);
        await CommittedAsync(cluster, Devices);

        cluster.Writer.Hold();
        for (var round = 1; round <= rounds; round++) await _stage.SendAsync(Names, round);
        var (watch, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        cluster.Writer.Release();
        await CommittedAsync(cluster, (1 + rounds) * Devices);
        var seconds = watch.Elapsed.TotalSeconds;

        var atHome = await ShareAtHomeAsync(cluster);
        output.WriteLine(
            $"{rounds * Devices / seconds:n0} records/s with a writer that discards, "
            + $"{(Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / (rounds * Devices):n1} µs of CPU a record, clients and broker included");
        Assert.Equal(1, atHome);
    }

    [Fact]
    public async Task Devices_that_begin_elsewhere_get_to_where_their_partition_is_read()
    {
        await using var cluster = await DeviceCluster.StartAsync(
            _stage, silos: 3, silo: silo => silo.Services.AddSingleton<IGrainPropertiesProvider, DefaultPlacement>());
        await SpreadAsync(cluster, 3);
        await _stage.SendAsync(Names);
        await CommittedAsync(cluster, Devices);
        Assert.InRange(await ShareAtHomeAsync(cluster), 0, 0.7);

        await AllGoHomeAsync(cluster);
    }

    [Fact]
    public async Task Devices_follow_their_partition_to_a_silo_that_joins()
    {
        await using var cluster = await DeviceCluster.StartAsync(_stage);
        await SpreadAsync(cluster, 1);
        await _stage.SendAsync(Names);
        await CommittedAsync(cluster, Devices);
        Assert.Equal(Devices, (await cluster.HomesAsync()).Count);

        await cluster.AddSiloAsync();
        await SpreadAsync(cluster, 2);
        var sent = await AllGoHomeAsync(cluster);
        await UntilAsync("everything is stored", async () => await _stage.RowsAsync() == sent * Devices);
        foreach (var name in Names.Where((_, i) => i % 100 < Partitions))
        {
            Assert.Equal((sent, 0), ((await cluster.Device(name).GetAsync())!.Records, (await cluster.Device(name).GetAsync())!.Late));
        }
    }

    // Gives how many measurements each device has sent by then.
    private async Task<int> AllGoHomeAsync(DeviceCluster cluster)
    {
        var (sent, atHome) = (1, 0.0);
        await Await.UntilAsync(
            "every device lives where its partition is read", TimeSpan.FromSeconds(60),
            async () =>
            {
                await _stage.SendAsync(Names, sent++);
                await CommittedAsync(cluster, sent * Devices);
                return (atHome = await ShareAtHomeAsync(cluster)) == 1;
            },
            () => $"{atHome:P0} do.\n{cluster.Describe()}", Cancelled);
        return sent;
    }

    private static async Task<double> ShareAtHomeAsync(DeviceCluster cluster)
    {
        var (homes, readers) = (await cluster.HomesAsync(), cluster.Readers());
        return Enumerable.Range(0, Devices).Count(i => homes[Names[i]].SequenceEqual([readers[i % Partitions]])) / (double)Devices;
    }

    private static Task SpreadAsync(DeviceCluster cluster, int silos) => UntilAsync(
        $"{silos} silos read all partitions",
        () => Task.FromResult(cluster.Silos.Count == silos && cluster.Readers() is { Count: Partitions } readers && readers.Values.Distinct().Count() == silos));

    private Task CommittedAsync(DeviceCluster cluster, long records) => Await.UntilAsync(
        $"{records} records are committed", TimeSpan.FromSeconds(60), async () => await _stage.CommittedAsync() == records, cluster.Describe, Cancelled);

    private static Task UntilAsync(string what, Func<Task<bool>> holds) => Await.UntilAsync(what, TimeSpan.FromSeconds(120), holds, () => "", Cancelled);

    /// <summary>Takes the placement away that device grains ask for: they begin where Orleans places things.</summary>
    private sealed class DefaultPlacement : IGrainPropertiesProvider
    {
        public void Populate(Type grainClass, GrainType grainType, Dictionary<string, string> properties)
        {
            if (grainType.ToString() == "device") properties[WellKnownGrainTypeProperties.PlacementStrategy] = nameof(ResourceOptimizedPlacement);
        }
    }
}
