using OrleansIngest.Core.Records;

namespace OrleansIngest.Cli.Simulation;

/// <summary>What to simulate.</summary>
/// <param name="Run">Tells this fleet from others.</param>
/// <param name="Shares">Formats, the topics that they go to, and their shares of the records.</param>
/// <param name="Devices">Devices in all; each format has its share of them, at least one.</param>
/// <param name="RecordsPerSecond">0 for as many as go.</param>
/// <param name="Count">Records in all; null for no end.</param>
/// <param name="Duration">How long; null for no end.</param>
/// <param name="Malformed">Share of records that must end as dead letters, 0 to 1.</param>
/// <param name="Duplicates">Share of records that are sent a second time, 0 to 1.</param>
/// <param name="MaxRecordBytes">What the host takes for too large.</param>
internal sealed record SimulationPlan(
    RunId Run,
    IReadOnlyList<FormatShare> Shares,
    int Devices,
    int RecordsPerSecond,
    long? Count,
    TimeSpan? Duration,
    double Malformed,
    double Duplicates,
    int MaxRecordBytes)
{
    /// <summary>The mix of a building with some machinery: mostly measurements.</summary>
    public static IReadOnlyList<(RecordFormat Format, double Share)> Mix { get; } =
    [
        (RecordFormat.Decoded, 0.70),
        (RecordFormat.Raw, 0.20),
        (RecordFormat.Sensor, 0.05),
        (RecordFormat.Event, 0.05),
    ];
}

/// <param name="Format">Format of the records.</param>
/// <param name="Topic">Where they go.</param>
/// <param name="Share">Of all records, 0 to 1; the shares of a plan add up to 1.</param>
internal sealed record FormatShare(RecordFormat Format, string Topic, double Share);
