namespace OrleansIngest.Grains.Fleet;

/// <summary>How the fleet is watched.</summary>
public sealed record FleetLimits
{
    /// <summary>How often each silo reports.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A silo that has not reported for this long no longer counts.</summary>
    public TimeSpan PartExpiry { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Top talkers that are listed.</summary>
    public int TopTalkers { get; init; } = 20;

    /// <summary>Silent devices that are listed; all are counted.</summary>
    public int SilentListed { get; init; } = 100;

    /// <summary>A device is silent after this many of its usual intervals.</summary>
    public int SilentIntervals { get; init; } = 10;

    /// <summary>And not before this long.</summary>
    public TimeSpan SilentAtLeast { get; init; } = TimeSpan.FromSeconds(30);
}
