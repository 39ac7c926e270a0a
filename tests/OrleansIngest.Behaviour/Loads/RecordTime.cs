using System.Globalization;

namespace OrleansIngest.Behaviour.Loads;

/// <summary>The times of records and the many ways in which producers write them.</summary>
internal static class RecordTime
{
    private const long MicrosPerMilli = 1_000;
    private const long MicrosPerSecond = 1_000_000;
    private const long LateBy = 600 * MicrosPerSecond;

    // Midnight two days ago: records of up to three days, none of them ahead of the clock.
    private static readonly long Base =
        (long)(DateTime.UtcNow.Date.AddDays(-3) - DateTime.UnixEpoch).TotalMicroseconds;

    /// <summary>The time of record <paramref name="index"/>: no two are alike, each device keeps to its day, and some are late.</summary>
    public static long Of(int index, int device, bool late) =>
        Base + (device % 3 * 86_400 * MicrosPerSecond) + LateBy + (index * MicrosPerMilli) - (late ? LateBy : 0);

    /// <summary>Microseconds since 1970 in one of seven forms, and what is stored: some forms hold no microseconds.</summary>
    public static (string Json, long Stored) Render(long micros, int index)
    {
        var fine = micros + (index % MicrosPerMilli);
        var time = DateTime.UnixEpoch.AddMicroseconds(fine);
        return (index % 7) switch
        {
            0 => ($"\"{time:yyyy-MM-ddTHH:mm:ss.ffffff}Z\"", fine),
            1 => ($"\"{time:yyyy-MM-dd HH:mm:ss.ffffff}\"", fine),
            2 => ($"\"{time.AddHours(2):yyyy-MM-ddTHH:mm:ss.ffffff}+02:00\"", fine),
            3 => (Invariant(micros / MicrosPerMilli), micros),
            4 => ($"\"{Invariant(fine)}\"", fine),
            5 => ($"{Invariant(fine / MicrosPerSecond)}.{fine % MicrosPerSecond:000000}", fine),
            _ => ($"{{\"secs_since_epoch\":{Invariant(fine / MicrosPerSecond)},\"nanos_since_epoch\":{fine % MicrosPerSecond * 1000}}}", fine),
        };
    }

    private static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);
}
