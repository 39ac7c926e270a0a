using Orleans.Streams;

namespace OrleansIngest.Streaming.Kafka;

/// <summary>
/// A place in one partition's log. Only tokens of one log say anything of each other; of others the offsets are compared,
/// because Orleans asks, and the answer is of no consequence.
/// </summary>
[GenerateSerializer, Immutable, Alias("OrleansIngest.Streaming.Kafka.KafkaSequenceToken")]
public sealed class KafkaSequenceToken : StreamSequenceToken
{
    /// <summary>The index that stands for all events of a container.</summary>
    internal const int WholeContainer = int.MaxValue;

    /// <summary>A place in a log.</summary>
    public KafkaSequenceToken(string topic, int partition, int epoch, long offset, int eventIndex)
    {
        (Topic, Partition, Epoch) = (topic, partition, epoch);
        (SequenceNumber, EventIndex) = (offset, eventIndex);
    }

    /// <summary>Topic name.</summary>
    [Id(0)]
    public string Topic { get; private set; }

    /// <summary>Partition number.</summary>
    [Id(1)]
    public int Partition { get; private set; }

    /// <summary>How often the log began again.</summary>
    [Id(2)]
    public int Epoch { get; private set; }

    /// <summary>Offset of the last record that the event or container stems from.</summary>
    [Id(3)]
    public override long SequenceNumber { get; protected set; }

    /// <summary>Position of the event in its container; the highest number for a container as a whole.</summary>
    [Id(4)]
    public override int EventIndex { get; protected set; }

    /// <summary>Whether this is the token of a container, which only the provider and Orleans see, or that of an event.</summary>
    internal bool IsOfContainer => EventIndex == WholeContainer;

    /// <summary>Whether both are places in the same log.</summary>
    public bool IsSameLog(KafkaSequenceToken other) =>
        Partition == other.Partition && Epoch == other.Epoch && Topic == other.Topic;

    /// <inheritdoc />
    public override bool Equals(StreamSequenceToken? other) =>
        other is KafkaSequenceToken token
        && token.SequenceNumber == SequenceNumber && token.EventIndex == EventIndex && IsSameLog(token);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as StreamSequenceToken);

    /// <inheritdoc />
    public override int CompareTo(StreamSequenceToken? other)
    {
        if (other is null) return 1;
        var byOffset = SequenceNumber.CompareTo(other.SequenceNumber);
        return byOffset != 0 ? byOffset : EventIndex.CompareTo(other.EventIndex);
    }

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(SequenceNumber, EventIndex, Partition);

    /// <inheritdoc />
    public override string ToString() =>
        IsOfContainer ? $"{Topic}[{Partition}]@{SequenceNumber}" : $"{Topic}[{Partition}]@{SequenceNumber}#{EventIndex}";
}
