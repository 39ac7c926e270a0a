using Confluent.Kafka;

namespace OrleansIngest.Behaviour.Expectations;

/// <summary>What a broker holds: ends of partitions, committed offsets, whole topics.</summary>
public sealed class TopicReader : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly IAdminClient _admin;

    /// <param name="bootstrapServers">The broker.</param>
    /// <param name="groupId">The group whose committed offsets are asked for.</param>
    public TopicReader(string bootstrapServers, string groupId)
    {
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = groupId,
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            EnablePartitionEof = true,
            FetchWaitMaxMs = 10,
            ReconnectBackoffMaxMs = 500,
        }).SetLogHandler((_, _) => { }).Build();
        _admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
    }

    /// <summary>The partitions of a topic.</summary>
    public IReadOnlyList<TopicPartition> Partitions(string topic) =>
        [.. _admin.GetMetadata(topic, Timeout).Topics.Single(t => t.Topic == topic).Partitions.Select(p => new TopicPartition(topic, p.PartitionId))];

    /// <summary>First and one past the last offset of a partition.</summary>
    public (long Low, long High) Bounds(TopicPartition partition)
    {
        var offsets = _consumer.QueryWatermarkOffsets(partition, Timeout);
        return (offsets.Low.Value, offsets.High.Value);
    }

    /// <summary>The committed offsets of all partitions of these topics; 0 where none is committed.</summary>
    public IReadOnlyDictionary<TopicPartition, long> Committed(IEnumerable<string> topics) =>
        _consumer.Committed(topics.SelectMany(Partitions), Timeout).ToDictionary(o => o.TopicPartition, o => Math.Max(o.Offset.Value, 0));

    /// <summary>Partitions whose committed offset is not their end, in words; empty where all is done.</summary>
    public IReadOnlyList<string> Undone(IReadOnlyList<string> topics) =>
        [.. Committed(topics).Where(c => c.Value != Bounds(c.Key).High).Select(c => $"{c.Key.Topic}[{c.Key.Partition.Value}] at {c.Value} of {Bounds(c.Key).High}")];

    /// <summary>Every record that a topic holds now.</summary>
    public IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> ReadAll(string topic, CancellationToken cancellationToken)
    {
        var open = Partitions(topic).Where(p => Bounds(p) is var (low, high) && high > low).ToHashSet();
        var records = new List<ConsumeResult<byte[]?, byte[]?>>();
        _consumer.Assign(open.Select(p => new TopicPartitionOffset(p, Offset.Beginning)));
        try
        {
            while (open.Count > 0)
            {
                var result = _consumer.Consume(cancellationToken);
                if (result.IsPartitionEOF) open.Remove(result.TopicPartition);
                else records.Add(result);
            }
        }
        finally
        {
            _consumer.Unassign();
        }

        return records;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _admin.Dispose();
        _consumer.Dispose();
    }
}
