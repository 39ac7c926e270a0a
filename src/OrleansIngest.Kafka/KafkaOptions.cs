using OrleansIngest.Core.Records;

namespace OrleansIngest.Kafka;

/// <summary>Settings of the section <c>Kafka</c>.</summary>
public sealed partial class KafkaOptions
{
    /// <summary>Section name in the configuration.</summary>
    public const string Section = "Kafka";

    /// <summary>Brokers to begin with, as host:port, comma-separated. Required.</summary>
    public string BootstrapServers { get; set; } = "";

    /// <summary>The group that offsets are committed to.</summary>
    public string GroupId { get; set; } = "orleans-ingest";

    /// <summary>The topics to read, each bound to its format.</summary>
    public List<TopicBinding> Topics { get; set; } = [];

    /// <summary>Where records go that cannot be stored.</summary>
    public string DeadLetterTopic { get; set; } = "iot.dead_letter";

    /// <summary>
    /// Where to begin in a partition without committed offset. Where a committed offset is out of range, reading begins at
    /// the first record that is still there, whatever this says: those records were never read.
    /// </summary>
    public OffsetReset AutoOffsetReset { get; set; } = OffsetReset.Earliest;

    /// <summary>A longer value is dead-lettered as <c>too_large</c>. In bytes.</summary>
    public int MaxRecordBytes { get; set; } = 1024 * 1024;

    /// <summary>Records handed on at once per partition, at the most.</summary>
    public int PollRecords { get; set; } = 2_000;

    /// <summary>How long records of one partition are gathered before they are handed on, at the most.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How often watermarks are committed.</summary>
    public TimeSpan CommitInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often unchanged offsets are committed again, since brokers expire them.</summary>
    public TimeSpan RecommitInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often topics are asked for new partitions and end offsets for lag.</summary>
    public TimeSpan MetadataInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// librdkafka properties by name, for consumer and producer alike, such as security.protocol. They override ours, but
    /// for the few that the delivery guarantee rests on. Values are never logged.
    /// </summary>
    public Dictionary<string, string> Client { get; set; } = [];
}

/// <summary>A topic and what its records look like.</summary>
public sealed class TopicBinding
{
    /// <summary>Topic name.</summary>
    public string Name { get; set; } = "";

    /// <summary>Format of its records; null is a configuration error.</summary>
    public RecordFormat? Format { get; set; }
}

/// <summary>Where to begin in a partition without committed offset.</summary>
public enum OffsetReset
{
    /// <summary>At the first record that is still there.</summary>
    Earliest,

    /// <summary>At the end.</summary>
    Latest,
}
