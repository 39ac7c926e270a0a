namespace OrleansIngest.Core.Decoding;

/// <summary>Between which times a record may lie, by the clock of now; microseconds since 1970.</summary>
internal readonly record struct TimeLimits(long OldestMicros, long LatestMicros)
{
    /// <param name="clock">Tells what now is.</param>
    /// <param name="maxSkew">How far ahead of now.</param>
    /// <param name="maxLateness">How long before now; null for any.</param>
    public static TimeLimits Now(TimeProvider clock, TimeSpan maxSkew, TimeSpan? maxLateness)
    {
        var now = Micros(clock.GetUtcNow().UtcDateTime - DateTime.UnixEpoch);
        return new TimeLimits(maxLateness is { } late ? now - Micros(late) : long.MinValue, now + Micros(maxSkew));
    }

    private static long Micros(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
