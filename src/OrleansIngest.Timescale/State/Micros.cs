namespace OrleansIngest.Timescale.State;

/// <summary>Between Core's microseconds since 1970 and the times that Npgsql takes and gives.</summary>
internal static class Micros
{
    private static readonly long Earliest = Of(DateTime.MinValue);
    private static readonly long Latest = Of(DateTime.MaxValue);

    /// <summary>Microseconds since 1970.</summary>
    public static long Of(DateTime time) => (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>The time; before year 1 and after year 9999 the ends, which Npgsql sends as infinite.</summary>
    public static DateTime ToTime(long micros) =>
        micros <= Earliest ? DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc)
        : micros >= Latest ? DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc)
        : DateTime.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);
}
