using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using OrleansIngest.Behaviour;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Core.Devices;
using OrleansIngest.Grains.Streams;

namespace OrleansIngest.Orleans.Tests.Devices;

/// <summary>What a device costs that is in memory and silent.</summary>
public sealed class IdleMemoryTests(ITestOutputHelper output)
{
    // Most of it is what an activation and its one stream cost in Orleans: two concurrent dictionaries, scheduler,
    // lifecycle, directory. What its pulling agent notes comes on top until that has forgotten the quiet stream.
    private const int MostBytes = 8 * 1024;
    private const int AtOnce = 10_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silent_device_costs_few_kilobytes_beyond_its_twin_and_has_no_timer()
    {
        var devices = Scale.Of(100_000, 5_000);
        await using var stage = await DeviceStage.SetAsync();
        await using var cluster = await DeviceCluster.StartAsync(stage, silo: silo => silo.Services
            .Configure<StreamPullingAgentOptions>(DeviceStreams.Provider, o => o.StreamInactivityPeriod = TimeSpan.FromSeconds(10)));
        using var streams = new StreamCount();
        // What is made once for all is there before.
        await FeedAsync(cluster, 0, 1_000);
        await streams.ForgottenAsync();
        var (bytes, timers) = (Collected(), Timer.ActiveCount);

        await FeedAsync(cluster, 1_000, devices);
        var fed = (Collected() - bytes) / devices;
        await streams.ForgottenAsync();
        var silent = (Collected() - bytes) / devices;
        Assert.InRange(Timer.ActiveCount - timers, -100, 100);

        bytes = Collected();
        var twins = Enumerable.Range(0, devices).Select(Twin).ToList();
        var twin = (Collected() - bytes) / devices;
        GC.KeepAlive(twins);

        output.WriteLine($"{devices} devices: {fed} bytes each just after a record, {silent} once silent, of which the twin {twin}.");
        Assert.InRange(silent - twin, 500, MostBytes);
    }

    private static DeviceTwin Twin(int number)
    {
        var id = Name(number);
        var twin = new DeviceTwin(id);
        twin.Apply(Given.Measurement(number, id));
        return twin;
    }

    private static string Name(int number) => number.ToString("000000", CultureInfo.InvariantCulture);

    // No more at once than the broker's memory holds.
    private static async Task FeedAsync(DeviceCluster cluster, int first, int count)
    {
        for (var at = 0; at < count; at += AtOnce)
        {
            var least = first + Math.Min(count, at + AtOnce);
            await cluster.Stage.SendAsync(Enumerable.Range(first + at, least - first - at).Select(Name));
            await Await.UntilAsync(
                $"{least} devices are in memory and stored", TimeSpan.FromMinutes(2),
                async () => await cluster.Stage.RowsAsync() >= least && await cluster.ActiveDevicesAsync() >= least, () => "", Cancelled);
        }
    }

    private static long Collected()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>How many streams the pulling agents know, by Orleans' own gauge.</summary>
    private sealed class StreamCount : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _streams;

        public StreamCount()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "orleans-streams-persistent-stream-pubsub-cache-size") listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<int>((_, measurement, _, _) => _streams += measurement);
            _listener.Start();
        }

        public Task ForgottenAsync() => Await.UntilAsync(
            "agents have forgotten the quiet streams", TimeSpan.FromMinutes(2), () => Task.FromResult(Count() == 0), () => $"{_streams} are left", Cancelled);

        public void Dispose() => _listener.Dispose();

        private long Count()
        {
            _streams = 0;
            _listener.RecordObservableInstruments();
            return _streams;
        }
    }
}
