using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Streaming.Kafka.Status;

/// <summary>A provider's reading side on this silo. A service keyed by the provider's name.</summary>
public interface IKafkaStreams
{
    /// <summary>How it goes. Cheap: nothing is asked of the broker.</summary>
    KafkaStreamStatus Status { get; }

    /// <summary>Faults when reading has ended for good, such as by a group that other consumers use: the silo should end.</summary>
    Task Completion { get; }

    /// <summary>How far each source is done, for <see cref="ISourceEpochs.SaveAsync"/>.</summary>
    IReadOnlyList<SourceWatermark> Watermarks();
}
