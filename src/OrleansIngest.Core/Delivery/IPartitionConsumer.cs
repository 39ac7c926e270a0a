using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Delivery;

/// <summary>
/// What the reader hands one partition's records to. <see cref="Deliver"/> and <see cref="ReachedEnd"/> are called on
/// the poll thread and must not block; the other members may be called from any thread.
/// </summary>
public interface IPartitionConsumer
{
    /// <summary>The partition's log; every record that is delivered here carries it.</summary>
    RecordSource Source { get; }

    /// <summary>The records of one poll, at least one, in offset order. The list is the consumer's to keep.</summary>
    void Deliver(List<SourceRecord> records);

    /// <summary>Everything before <paramref name="endOffset"/> was read; the log ends there for now.</summary>
    void ReachedEnd(long endOffset);

    /// <summary>Enough is undone here: the reader pauses the partition until this turns false.</summary>
    bool IsFull { get; }

    /// <summary>
    /// What was delivered earlier is still under way, and fewer, larger deliveries cost less: the reader may gather for
    /// longer, up to ten poll intervals.
    /// </summary>
    bool PrefersLarger { get; }

    /// <summary>The contiguous watermark: every record before this offset is done. Null before the first is known.</summary>
    long? Watermark { get; }
}

/// <summary>Makes the consumer of a partition that the reader takes on.</summary>
public interface IPartitionConsumerFactory
{
    /// <summary>
    /// Called off the poll thread before a partition is read, at its first assignment and whenever its log began
    /// again; may wait for the database. What an earlier consumer of the partition still delivers is void.
    /// </summary>
    Task<IPartitionConsumer> OpenAsync(PartitionStart start, CancellationToken cancellationToken);
}

/// <summary>Where a partition's log stands as the reader takes it on.</summary>
/// <param name="ClusterId">The Kafka cluster's id.</param>
/// <param name="Topic">Topic name.</param>
/// <param name="Partition">Partition number.</param>
/// <param name="Committed">The group's committed offset; null where it has none.</param>
/// <param name="Low">First offset that is still there.</param>
/// <param name="High">One past the last offset.</param>
/// <param name="BeganAgain">Whether the reader itself saw that the log is not the one it read before.</param>
public readonly record struct PartitionStart(
    string ClusterId, string Topic, int Partition, long? Committed, long Low, long High, bool BeganAgain = false);
