using Orleans.Runtime;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Streaming.Kafka.Producing;

/// <summary>
/// Turns events that a grain or client writes to a stream into records: what the mapper will be given. Registered by
/// <c>UseSerializer</c>, or as a service, keyed by the provider's name or not. Safe for concurrent use.
/// </summary>
public interface IKafkaEventSerializer
{
    /// <summary>The value and headers of the record. Its key is the stream's, its topic that of <see cref="KafkaStreamOptions"/>.</summary>
    /// <exception cref="NotSupportedException">Events of this type cannot be written.</exception>
    SerializedEvent Serialize<T>(StreamId stream, T value);
}

/// <summary>A record's value, null for a tombstone, and its headers, if any.</summary>
public readonly record struct SerializedEvent(byte[]? Value, IReadOnlyList<RecordHeader>? Headers = null);

/// <summary>Takes bytes as they are, and nothing else.</summary>
internal sealed class BytesSerializer : IKafkaEventSerializer
{
    /// <inheritdoc />
    public SerializedEvent Serialize<T>(StreamId stream, T value) => value switch
    {
        byte[] bytes => new SerializedEvent(bytes),
        ReadOnlyMemory<byte> memory => new SerializedEvent(memory.ToArray()),
        _ => throw new NotSupportedException(
            $"Stream {stream}: events of type {typeof(T)} cannot be written to Kafka. Write byte[] or ReadOnlyMemory<byte>, or register an {nameof(IKafkaEventSerializer)}."),
    };
}
