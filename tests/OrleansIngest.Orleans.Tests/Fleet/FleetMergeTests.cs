using OrleansIngest.Grains;
using OrleansIngest.Grains.Fleet;

namespace OrleansIngest.Orleans.Tests.Fleet;

/// <summary>One view of several silos.</summary>
public sealed class FleetMergeTests
{
    [Fact]
    public void Parts_add_up_and_lists_are_merged_within_their_limits()
    {
        var view = FleetMerge.Of(
            [
                Part("two", 10, 100, 5, new() { ["raw"] = 4, ["sensor"] = 6 }, [("a", 3), ("b", 2)], 2, [("x", 100), ("y", 50)]),
                Part("one", 1, 7, 2.5, new() { ["raw"] = 1 }, [("c", 2.5)], 1, [("z", 70)]),
            ],
            new FleetLimits { TopTalkers = 2, SilentListed = 2 });

        Assert.Equal((11L, 107L, 7.5, 3L), (view.Devices, view.Records, view.RecordsPerSecond, view.SilentDevices));
        Assert.Equal([("raw", 5L), ("sensor", 6L)], view.ByFormat.Select(f => (f.Key, f.Value)).Order());
        Assert.Equal([("a", 3), ("c", 2.5)], view.TopTalkers.Select(t => (t.DeviceId, t.RecordsPerSecond)));
        Assert.Equal(["x", "z"], view.Silent.Select(s => s.DeviceId));
        Assert.Equal(["one", "two"], view.Silos.Select(s => s.Silo));
    }

    [Fact]
    public void Without_parts_it_is_empty()
    {
        var view = FleetMerge.Of([], new FleetLimits());

        Assert.Equal((0L, 0L, 0.0, 0L), (view.Devices, view.Records, view.RecordsPerSecond, view.SilentDevices));
        Assert.Empty(view.Silos);
    }

    private static FleetPart Part(
        string silo, long devices, long records, double rate, Dictionary<string, long> formats,
        (string Id, double Rate)[] talkers, long silent, (string Id, int Seconds)[] longest) => new(
            new SiloShare(silo, devices, records, rate), formats,
            [.. talkers.Select(t => new TalkingDevice(t.Id, t.Rate))], silent,
            [.. longest.Select(s => new SilentDevice(s.Id, TimeSpan.FromSeconds(s.Seconds), TimeSpan.FromSeconds(1)))]);
}
