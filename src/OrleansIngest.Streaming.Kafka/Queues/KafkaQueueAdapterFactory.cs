using Orleans.Runtime;
using Orleans.Streams;
using OrleansIngest.Streaming.Kafka.Caching;
using OrleansIngest.Streaming.Kafka.Producing;
using OrleansIngest.Streaming.Kafka.Reading;
using OrleansIngest.Streaming.Kafka.Status;

namespace OrleansIngest.Streaming.Kafka.Queues;

/// <summary>What Orleans makes a provider's queues from.</summary>
internal sealed class KafkaQueueAdapterFactory(
    string name, KafkaStreamOptions options, KafkaQueueMapper queues, EventProducer producer, SharedReader? reader, DeliveryFailures failures)
    : IQueueAdapterFactory, IQueueAdapterCache, IAsyncDisposable
{
    /// <inheritdoc />
    public Task<IQueueAdapter> CreateAdapter() =>
        Task.FromResult<IQueueAdapter>(new KafkaQueueAdapter(name, options.Rewindable, queues, producer, reader));

    /// <inheritdoc />
    public IQueueAdapterCache GetQueueAdapterCache() => this;

    /// <inheritdoc />
    public IStreamQueueMapper GetStreamQueueMapper() => queues;

    /// <inheritdoc />
    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) => Task.FromResult<IStreamFailureHandler>(failures);

    /// <inheritdoc />
    public IQueueCache CreateQueueCache(QueueId queueId) =>
        new StreamQueueCache(options.DeliveryLimits, options.Rewindable ? options.RewindBytes : 0, failures.ForeignToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => producer.DisposeAsync();
}
