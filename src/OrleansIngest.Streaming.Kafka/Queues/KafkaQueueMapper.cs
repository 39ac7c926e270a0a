using Confluent.Kafka;
using Orleans.Runtime;
using Orleans.Streams;

namespace OrleansIngest.Streaming.Kafka.Queues;

/// <summary>
/// The queues of a provider: one for each partition that a topic may have, named <c>topic-partition</c>, whether the
/// partition exists or not, so that every silo counts the same.
/// </summary>
internal sealed class KafkaQueueMapper : IConsistentRingStreamQueueMapper
{
    // Multiples of the golden ratio spread evenly over the ring however many of them are taken: those of partitions that
    // exist, the low ones, lie no closer together than all of them.
    private const uint GoldenRatio = 2_654_435_769;

    private readonly QueueId[] _queues;
    private readonly Dictionary<QueueId, TopicPartition> _partitions;

    public KafkaQueueMapper(IReadOnlyCollection<string> topics, int maxPartitions)
    {
        var ordered = topics.Order(StringComparer.Ordinal).ToArray();
        _queues = new QueueId[ordered.Length * maxPartitions];
        _partitions = new Dictionary<QueueId, TopicPartition>(_queues.Length);
        for (var i = 0; i < _queues.Length; i++)
        {
            var (partition, topic) = Math.DivRem(i, ordered.Length);
            _queues[i] = QueueId.GetQueueId(ordered[topic], (uint)partition, unchecked((uint)i * GoldenRatio));
            _partitions.Add(_queues[i], new TopicPartition(ordered[topic], partition));
        }
    }

    /// <inheritdoc />
    public IEnumerable<QueueId> GetAllQueues() => _queues;

    /// <inheritdoc />
    public IEnumerable<QueueId> GetQueuesForRange(IRingRange range) => _queues.Where(q => range.InRange(q.GetUniformHashCode())).ToList();

    /// <inheritdoc />
    public QueueId GetQueueForStream(StreamId streamId) => _queues[(uint)streamId.GetHashCode() % (uint)_queues.Length]; // Kafka's partitioner decides where a stream is written

    /// <summary>The partition that a queue stands for.</summary>
    public TopicPartition PartitionOf(QueueId queue) => _partitions[queue];
}
