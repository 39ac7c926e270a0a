namespace OrleansIngest.Cli.Simulation;

/// <summary>
/// The time of simulated records, in microseconds since 1970: now, but never the same twice, so that no two records of
/// a run share a natural key by accident.
/// </summary>
internal sealed class RunClock(TimeProvider clock)
{
    private long _last;

    public long Next()
    {
        var now = (clock.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;
        return _last = Math.Max(now, _last + 1);
    }
}
