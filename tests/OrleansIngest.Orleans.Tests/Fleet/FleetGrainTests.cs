using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Grains;
using OrleansIngest.Grains.Fleet;
using OrleansIngest.Orleans.Tests.Devices;

namespace OrleansIngest.Orleans.Tests.Fleet;

/// <summary>The fleet over two silos.</summary>
public sealed class FleetGrainTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_counts_every_device_once_and_forgets_a_silo_that_stopped_reporting()
    {
        await using var stage = await DeviceStage.SetAsync();
        await using var cluster = await DeviceCluster.StartAsync(
            stage, silos: 2,
            fleet: new FleetLimits { ReportInterval = TimeSpan.FromMilliseconds(200), PartExpiry = TimeSpan.FromSeconds(2) });
        for (var i = 0; i < 40; i++) await stage.SendAsync($"d{i}", 0, 5, partition: i % 4);

        var fleet = cluster.Grains.GetGrain<IFleetGrain>(IFleetGrain.Key);
        FleetView view = null!;
        await UntilAsync("all devices are counted", async () => (view = await fleet.GetAsync()) is { Devices: 40, Records: 200 });
        Assert.Equal(40, view.ByFormat["decoded"]);
        Assert.Equal(2, view.Silos.Count);
        Assert.Equal(40, view.Silos.Sum(s => s.Devices));
        Assert.All(view.Silos, s => Assert.True(s.Devices > 0, $"{s.Silo} has no device: not every silo reads a partition."));

        await cluster.KillAsync(cluster.Silos[1]);
        await UntilAsync("the silo that was killed is forgotten", async () => await TryGetAsync(fleet) is { Silos.Count: 1 });
    }

    // The grain may have lived on the silo that was killed.
    private static async Task<FleetView?> TryGetAsync(IFleetGrain fleet)
    {
        try
        {
            return await fleet.GetAsync();
        }
        catch (Exception e) when (e is TimeoutException or global::Orleans.Runtime.OrleansException)
        {
            return null;
        }
    }

    private static Task UntilAsync(string what, Func<Task<bool>> holds) =>
        Await.UntilAsync(what, TimeSpan.FromSeconds(90), holds, () => "", Cancelled);
}
