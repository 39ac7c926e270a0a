using Orleans.Runtime;
using OrleansIngest.Kafka;
using OrleansIngest.Kafka.Producing;

namespace OrleansIngest.Streaming.Kafka.Producing;

/// <summary>Writes events of streams to Kafka: to which topic, under which key, in which form.</summary>
/// <param name="options">Names the topics.</param>
/// <param name="serializer">Makes records of events.</param>
/// <param name="connect">Makes the producer, when the first event is written.</param>
internal sealed class EventProducer(KafkaStreamOptions options, IKafkaEventSerializer serializer, Func<RecordProducer> connect) : IAsyncDisposable
{
    private readonly HashSet<string> _topics = [.. options.Topics];
    private readonly Lazy<RecordProducer> _producer = new(connect);

    /// <summary>Completes when the broker has acknowledged all events; they stand in their order.</summary>
    /// <exception cref="OrleansIngest.Kafka.Clients.KafkaUnavailableException">Some were not acknowledged; any may have been written.</exception>
    public Task WriteAsync<T>(StreamId stream, IEnumerable<T> events)
    {
        var topic = TopicOf(stream);
        var key = stream.Key.ToArray();
        // Before any is written: an event that cannot be serialized is to write none of them.
        var records = events.Select(e => serializer.Serialize(stream, e)).ToList();
        var producer = _producer.Value;
        return Task.WhenAll(records.Select(r => producer.SendAsync(topic, key, r.Value, r.Headers, CancellationToken.None)));
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _producer.IsValueCreated ? _producer.Value.DisposeAsync() : ValueTask.CompletedTask;

    private string TopicOf(StreamId stream)
    {
        var name = stream.GetNamespace();
        if (name is not null && _topics.Contains(name)) return name;
        if (options.ProduceTopic is { } topic) return topic;
        if (_topics.Count == 1) return options.Topics[0];
        throw new InvalidOperationException(
            $"Stream {stream} belongs to no topic: its namespace is not one of {nameof(options.Topics)}. Set {nameof(options.ProduceTopic)}.");
    }
}
