using OrleansIngest.Core.Records;
using OrleansIngest.Grains.Devices;

namespace OrleansIngest.Grains.Fleet;

/// <summary>Counts the devices in a silo's memory, again and again. Used by one thread at a time.</summary>
internal sealed class FleetCount(LocalDevices devices, FleetLimits limits, TimeProvider clock)
{
    // The share of the last look in a rate: a device's rate settles within some ten looks.
    private const double Newest = 0.2;

    private static readonly string[] FormatNames = [.. Enum.GetNames<RecordFormat>().Select(n => n.ToLowerInvariant())];

    private long _last = clock.GetTimestamp();

    /// <summary>The part of this silo.</summary>
    public FleetPart Count(string silo)
    {
        var now = clock.GetTimestamp();
        var seconds = clock.GetElapsedTime(_last, now).TotalSeconds;
        _last = now;
        var (count, records, rate, silent) = (0L, 0L, 0.0, 0L);
        var byFormat = new long[FormatNames.Length];
        var talkers = new Ranking<TalkingDevice>(limits.TopTalkers);
        var longest = new Ranking<SilentDevice>(limits.SilentListed);
        foreach (var device in devices.All)
        {
            count++;
            byFormat[(int)device.Format]++;
            records += device.Records;
            rate += MoveRate(device, seconds);
            if (device.Rate > 0) talkers.Add(new TalkingDevice(device.DeviceId, Math.Round(device.Rate, 3)), device.Rate);
            if (SilenceOf(device, now) is not { } silence) continue;
            silent++;
            longest.Add(silence, silence.SilentFor.TotalSeconds);
        }

        return new FleetPart(
            new SiloShare(silo, count, records, Math.Round(rate, 3)), Named(byFormat), talkers.Take(), silent, longest.Take());
    }

    private static double MoveRate(LocalDevice device, double seconds)
    {
        if (seconds <= 0) return device.Rate;
        var records = device.Records;
        var latest = (records - device.CountedRecords) / seconds;
        device.CountedRecords = records;
        return device.Rate += Newest * (latest - device.Rate);
    }

    private SilentDevice? SilenceOf(LocalDevice device, long now)
    {
        if (device.IntervalMicros == 0) return null;
        var usual = TimeSpan.FromMicroseconds(device.IntervalMicros);
        var silence = clock.GetElapsedTime(device.LastArrival, now);
        return silence >= limits.SilentAtLeast && silence >= usual * limits.SilentIntervals
            ? new SilentDevice(device.DeviceId, silence, usual)
            : null;
    }

    private static Dictionary<string, long> Named(long[] byFormat)
    {
        var named = new Dictionary<string, long>();
        for (var i = 0; i < byFormat.Length; i++)
        {
            if (byFormat[i] > 0) named[FormatNames[i]] = byFormat[i];
        }

        return named;
    }
}
