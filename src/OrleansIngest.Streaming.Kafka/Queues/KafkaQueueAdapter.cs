using Orleans.Runtime;
using Orleans.Streams;
using OrleansIngest.Streaming.Kafka.Producing;
using OrleansIngest.Streaming.Kafka.Reading;

namespace OrleansIngest.Streaming.Kafka.Queues;

/// <summary>Reads queues, on a silo, and writes events.</summary>
/// <param name="name">The provider's name.</param>
/// <param name="rewindable">Whether subscribers may go back.</param>
/// <param name="queues">Which partition a queue stands for.</param>
/// <param name="producer">Writes events.</param>
/// <param name="reader">Reads partitions; null on a client, which only writes.</param>
internal sealed class KafkaQueueAdapter(
    string name, bool rewindable, KafkaQueueMapper queues, EventProducer producer, SharedReader? reader) : IQueueAdapter
{
    /// <inheritdoc />
    public string Name { get; } = name;

    /// <inheritdoc />
    public bool IsRewindable { get; } = rewindable;

    /// <inheritdoc />
    public StreamProviderDirection Direction => reader is null ? StreamProviderDirection.WriteOnly : StreamProviderDirection.ReadWrite;

    /// <inheritdoc />
    public IQueueAdapterReceiver CreateReceiver(QueueId queueId) =>
        new KafkaQueueReceiver(queues.PartitionOf(queueId), reader ?? throw new InvalidOperationException($"Stream provider '{Name}' only writes here."));

    /// <inheritdoc />
    /// <remarks>A record has a place only once it is written, so a token is refused; the request context does not travel.</remarks>
    public Task QueueMessageBatchAsync<T>(
        StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object> requestContext)
    {
        if (token is not null) throw new ArgumentException("Kafka gives an event its place in the stream; write it without a token.", nameof(token));
        return producer.WriteAsync(streamId, events);
    }
}
