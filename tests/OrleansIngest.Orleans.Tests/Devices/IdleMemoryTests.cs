using System.Globalization;
using OrleansIngest.Behaviour;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Core.Devices;

namespace OrleansIngest.Orleans.Tests.Devices;

/// <summary>What a device costs that is in memory and silent.</summary>
public sealed class IdleMemoryTests(ITestOutputHelper output)
{
    // Of these, a bare activation costs 1.9 KB and Orleans' side of an idle stream 3.9 KB.
    private const int MostBytes = 8 * 1024;

    [Fact]
    public async Task A_silent_device_costs_few_kilobytes_beyond_its_twin()
    {
        var devices = Scale.Of(100_000, 20_000);
        await using var stage = await DeviceStage.SetAsync();
        await using var cluster = await DeviceCluster.StartAsync(stage);
        // What is made once for all is there before.
        await stage.SendAsync(Enumerable.Range(0, 1_000).Select(i => $"first {i}"));
        await ActiveAsync(cluster, 1_000);
        var before = Collected();

        await stage.SendAsync(Enumerable.Range(0, devices).Select(i => i.ToString("000000", CultureInfo.InvariantCulture)));
        await ActiveAsync(cluster, 1_000 + devices);
        var silo = (Collected() - before) / devices;

        before = Collected();
        var twins = Enumerable.Range(0, devices).Select(Twin).ToList();
        var twin = (Collected() - before) / devices;
        GC.KeepAlive(twins);

        output.WriteLine($"{devices} devices: {silo} bytes each, of which the twin {twin}.");
        Assert.InRange(silo - twin, 500, MostBytes);
    }

    private static DeviceTwin Twin(int number)
    {
        var id = number.ToString("000000", CultureInfo.InvariantCulture);
        var twin = new DeviceTwin(id);
        twin.Apply(Given.Measurement(number, id));
        return twin;
    }

    private static Task ActiveAsync(DeviceCluster cluster, int devices) => Await.UntilAsync(
        $"{devices} devices are in memory", TimeSpan.FromMinutes(5),
        async () => await cluster.ActiveDevicesAsync() >= devices && await cluster.Stage.RowsAsync() >= devices, () => "", TestContext.Current.CancellationToken);

    private static long Collected()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
