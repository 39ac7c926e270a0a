using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Records;
using OrleansIngest.Grains.Devices;
using OrleansIngest.Grains.Fleet;

namespace OrleansIngest.Orleans.Tests.Fleet;

/// <summary>What a silo counts of its devices.</summary>
public sealed class FleetCountTests
{
    private static readonly FleetLimits Limits = new() { TopTalkers = 2, SilentListed = 1 };

    private readonly ManualClock _clock = new();
    private readonly LocalDevices _devices;
    private readonly FleetCount _count;

    public FleetCountTests()
    {
        _devices = new LocalDevices(_clock);
        _count = new FleetCount(_devices, Limits, _clock);
    }

    [Fact]
    public void It_counts_devices_by_format_and_their_records()
    {
        Add("a", RecordFormat.Raw).Stored(5);
        Add("b", RecordFormat.Raw).Stored(1);
        _devices.Remove(Add("gone", RecordFormat.Sensor));
        Add("c", RecordFormat.Decoded);
        _clock.Advance(TimeSpan.FromSeconds(1));

        var part = _count.Count("silo");

        Assert.Equal(("silo", 3L, 6L), (part.Share.Silo, part.Share.Devices, part.Share.Records));
        Assert.Equal([("decoded", 1L), ("raw", 2L)], part.ByFormat.Select(f => (f.Key, f.Value)).Order());
    }

    [Fact]
    public void The_devices_with_the_highest_rates_are_listed_highest_first()
    {
        var devices = new[] { Add("slow"), Add("fast"), Add("middle"), Add("quiet") };
        for (var second = 0; second < 30; second++)
        {
            devices[0].Stored(1);
            devices[1].Stored(100);
            devices[2].Stored(10);
            _clock.Advance(TimeSpan.FromSeconds(1));
            _count.Count("silo");
        }

        _clock.Advance(TimeSpan.FromSeconds(1));
        var part = _count.Count("silo");
        Assert.Equal(["fast", "middle"], part.TopTalkers.Select(t => t.DeviceId));
        Assert.InRange(part.TopTalkers[0].RecordsPerSecond, 70, 100);
        Assert.InRange(part.Share.RecordsPerSecond, 78, 111);
    }

    [Fact]
    public void A_device_is_silent_after_ten_of_its_usual_intervals_and_not_before_half_a_minute()
    {
        var (often, seldom) = (Add("often"), Add("seldom"));
        for (var i = 0; i < 20; i++)
        {
            often.Arrived(Given.Batch(i, 1, "often"));
            seldom.Arrived(Given.Batch(i * 60, 1, "seldom"));
        }

        Touch(often, seldom);
        Assert.Equal(0, SilentAfter(29));
        Assert.Equal(1, SilentAfter(2));
        Assert.Equal(1, SilentAfter(560));
        Assert.Equal(2, SilentAfter(20));
        var longest = Assert.Single(_count.Count("silo").Silent);
        Assert.Equal(TimeSpan.FromSeconds(611), longest.SilentFor);

        Touch(often, seldom);
        Assert.Equal(0, SilentAfter(1));
    }

    [Fact]
    public void A_device_whose_interval_is_unknown_is_not_silent()
    {
        Add("new").Arrived(Given.Batch(0, 1, "new"));

        Assert.Equal(0, SilentAfter(1_000_000));
    }

    private LocalDevice Add(string id, RecordFormat format = RecordFormat.Raw) => _devices.Add(new DeviceTwin(id), format);

    private void Touch(params LocalDevice[] devices)
    {
        foreach (var device in devices) device.Touch(_clock.GetTimestamp());
    }

    private long SilentAfter(double seconds)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        return _count.Count("silo").SilentDevices;
    }
}
