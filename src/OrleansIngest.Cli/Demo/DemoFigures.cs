using System.Text.Json.Serialization;

namespace OrleansIngest.Cli.Demo;

/// <summary>What a demo came to; the JSON object of <c>--json</c>.</summary>
/// <param name="Host">standalone or silo.</param>
/// <param name="Silos">Silo processes; 0 for the standalone host.</param>
/// <param name="Produced">Records handed to the producer.</param>
/// <param name="Acknowledged">Records that the broker acknowledged, by the delivery reports.</param>
/// <param name="Stored">Records with a row in their format's main table, by SQL.</param>
/// <param name="DeadLettered">Distinct records in the dead-letter topic, read back.</param>
/// <param name="Duplicates">Records that were acknowledged twice.</param>
/// <param name="DroppedByBroker">Records that the built-in broker expired unread.</param>
/// <param name="Lost">Acknowledged records that are nowhere.</param>
/// <param name="Seconds">From the first record produced to the last one durable.</param>
/// <param name="RowsPerSecond">Stored records over that time.</param>
/// <param name="LatencyP50Ms">Kafka append to committed row, median.</param>
/// <param name="LatencyP99Ms">99th percentile.</param>
/// <param name="MaxRssMb">The host's highest resident memory, MiB.</param>
internal sealed record DemoFigures(
    string Host,
    int Silos,
    long Produced,
    long Acknowledged,
    long Stored,
    long DeadLettered,
    long Duplicates,
    long DroppedByBroker,
    long Lost,
    double Seconds,
    double RowsPerSecond,
    double LatencyP50Ms,
    double LatencyP99Ms,
    double MaxRssMb)
{
    /// <summary>Whether every acknowledged record is where it belongs.</summary>
    [JsonIgnore]
    public bool IsComplete => Lost == 0 && DroppedByBroker == 0;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DemoFigures))]
internal sealed partial class DemoJson : JsonSerializerContext;
