using OrleansIngest.Kafka;
using OrleansIngest.Timescale;

namespace OrleansIngest.Hosting.Configuration;

/// <summary>Every setting of a host, validated.</summary>
public sealed record IngestSettings(
    KafkaOptions Kafka, TimescaleOptions Timescale, DeliveryOptions Delivery, DeviceOptions Devices, WebOptions Web);

/// <summary>The configuration has mistakes; the message lists them all. Processes end with <see cref="ExitCodes.Usage"/>.</summary>
public sealed class ConfigurationException(IReadOnlyList<string> mistakes)
    : Exception($"The configuration has {mistakes.Count} mistake{(mistakes.Count == 1 ? "" : "s")}:{string.Concat(mistakes.Select(m => "\n  - " + m))}")
{
    /// <summary>One sentence each: what is wrong, where, and what to do.</summary>
    public IReadOnlyList<string> Mistakes { get; } = mistakes;
}
