using OrleansIngest.Kafka;

namespace OrleansIngest.Streaming.Kafka;

/// <summary>
/// Settings of a stream provider over Kafka. They must be the same on every silo of a cluster, but for limits.
/// </summary>
public sealed partial class KafkaStreamOptions
{
    /// <summary>The topics to read. At least one on silos; a client that only writes needs none.</summary>
    public List<string> Topics { get; set; } = [];

    /// <summary>The brokers, the group that offsets are committed to, and how to read. Its own topics are not looked at.</summary>
    public KafkaOptions Kafka { get; set; } = new();

    /// <summary>Queues that are reserved for each topic, one a partition. A partition beyond them is not read, and said to be so.</summary>
    public int MaxPartitions { get; set; } = 64;

    /// <summary>Bytes of records that a silo has read and that are not done, over all partitions; reading pauses beyond.</summary>
    public long MaxInFlightBytes { get; set; } = 48L * 1024 * 1024;

    /// <summary>The same for one partition, so that one whose streams do not move leaves room for the others.</summary>
    public long MaxPartitionInFlightBytes { get; set; } = 24L * 1024 * 1024;

    /// <summary>Records that one partition may be read beyond its watermark.</summary>
    public int MaxWatermarkSpan { get; set; } = 1_000_000;

    /// <summary>Records of a stream that are delivered at once, at the most: what waits for a stream is delivered together.</summary>
    public int MaxDeliveryRecords { get; set; } = 1_000;

    /// <summary>Bytes of a stream's records that are delivered at once, at the most; a larger record is delivered alone.</summary>
    public long MaxDeliveryBytes { get; set; } = 1024 * 1024;

    /// <summary>The two as one.</summary>
    internal DeliveryLimits DeliveryLimits => new(MaxDeliveryRecords, MaxDeliveryBytes);

    /// <summary>The longest wait before a failed delivery is tried again; the first is a quarter of a second.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// When a partition moves between running silos: how long the one that gives it away may finish what it has read, and
    /// how long the one that gets it waits before it reads on from the committed offset.
    /// </summary>
    public TimeSpan HandoverDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a silo that is stopping waits for what is in flight.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>
    /// Whether a subscriber may go back to a token, within <see cref="RewindBytes"/> of what the partition's silo has read
    /// since it took the partition on. For streams that live in one partition each; with others, going back is ignored.
    /// </summary>
    public bool Rewindable { get; set; }

    /// <summary>Bytes of records that each partition keeps for going back, beyond <see cref="MaxInFlightBytes"/>.</summary>
    public long RewindBytes { get; set; } = 4L * 1024 * 1024;

    /// <summary>
    /// The topic that events are written to whose stream's namespace is not the name of a topic in <see cref="Topics"/>.
    /// Null: the only one of them, or none.
    /// </summary>
    public string? ProduceTopic { get; set; }
}
