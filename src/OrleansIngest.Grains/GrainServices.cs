using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Measuring;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Hosting.Engine;

namespace OrleansIngest.Grains;

/// <summary>What a silo's grains work with.</summary>
/// <param name="Writer">Stores rows.</param>
/// <param name="DeadLetters">Takes records that the database refuses.</param>
/// <param name="Twins">Brings twins back.</param>
/// <param name="TwinStore">Keeps twins.</param>
/// <param name="Latency">Kafka append to committed row.</param>
/// <param name="Devices">Settings of devices.</param>
/// <param name="Clock">The clock.</param>
public sealed record GrainServices(
    IRowWriter Writer,
    IDeadLetterQueue DeadLetters,
    TwinLoader Twins,
    ITwinStore TwinStore,
    AppendLatency Latency,
    DeviceOptions Devices,
    TimeProvider Clock)
{
    /// <summary>
    /// How long a delivery waits for its rows to be stored before it is given back to the stream, to be delivered again:
    /// well within the 30 s that a grain's answer may take.
    /// </summary>
    public TimeSpan DeliveryPatience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long after a silo began to stop rows are still waited for: a little longer than its streams drain.</summary>
    public TimeSpan LastRowsPatience { get; init; } = TimeSpan.FromSeconds(8.2);

    /// <summary>How long after a silo began to stop twins may still be kept; what is left then comes back by its rows.</summary>
    public TimeSpan LastTwinsPatience { get; init; } = TimeSpan.FromSeconds(9);

    /// <summary>The parts of an engine.</summary>
    public static GrainServices Of(IngestEngine engine, IngestSettings settings, TimeProvider clock) =>
        new(engine.Writer, engine.DeadLetters, engine.Twins, engine.TwinStore, engine.Latency, settings.Devices, clock)
        {
            LastRowsPatience = settings.Delivery.DrainTimeout + TimeSpan.FromSeconds(0.2),
            LastTwinsPatience = settings.Delivery.DrainTimeout + TimeSpan.FromSeconds(1),
        };
}
