using System.Collections.Concurrent;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka;

namespace OrleansIngest.Standalone;

/// <summary>Makes a pipeline for each partition that the reader takes on, and knows them all.</summary>
internal sealed class PartitionPipelines : IPartitionConsumerFactory
{
    private readonly ISourceEpochs _epochs;
    private readonly PartitionServices _services;
    private readonly Dictionary<string, (RecordFormat Format, IRecordDecoder Decoder)> _topics = [];
    private readonly ConcurrentDictionary<(string, int), PartitionPipeline> _pipelines = new();

    public PartitionPipelines(KafkaOptions kafka, RecordDecoders decoders, ISourceEpochs epochs, PartitionServices services)
    {
        _epochs = epochs;
        _services = services;
        // Every partition is fed by the one poll thread, so a topic's partitions share a decoder and its strings.
        foreach (var topic in kafka.Topics) _topics[topic.Name] = (topic.Format!.Value, decoders.Create(topic.Format.Value));
    }

    /// <summary>How many partitions there are.</summary>
    public int Count => _pipelines.Count;

    /// <summary>Records that are read and not yet durable.</summary>
    public long InFlightRecords => _pipelines.Values.Sum(p => p.Progress.InFlightRecords);

    /// <inheritdoc />
    public async Task<IPartitionConsumer> OpenAsync(PartitionStart start, CancellationToken cancellationToken)
    {
        var source = await _epochs.ResolveAsync(start, cancellationToken);
        var (format, decoder) = _topics[start.Topic];
        return _pipelines[(start.Topic, start.Partition)] = new PartitionPipeline(source, format, decoder, _services);
    }

    /// <summary>How far each source is done.</summary>
    public IReadOnlyList<SourceWatermark> Watermarks() =>
        [.. _pipelines.Values.Where(p => p.Watermark is not null).Select(p => new SourceWatermark(p.Source, p.Watermark!.Value))];

    /// <summary>The pipeline of a partition, the latest where its log began again; null where it was not taken on yet.</summary>
    public PartitionPipeline? Find(string topic, int partition) => _pipelines.GetValueOrDefault((topic, partition));
}
