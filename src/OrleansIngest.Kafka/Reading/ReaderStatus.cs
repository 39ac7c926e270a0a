namespace OrleansIngest.Kafka.Reading;

/// <summary>How reading goes, as of now.</summary>
/// <param name="Connected">Whether a broker can be reached.</param>
/// <param name="DownSince">Since when none can; null while connected.</param>
/// <param name="MissingTopics">Configured topics (or partitions, as <c>topic[n]</c>) that the broker does not have, or does not show us, with the reason: they are waited for.</param>
/// <param name="Skipped">The latest ranges that were gone before they were read.</param>
/// <param name="SkippedRecords">Offsets in all such ranges since the start.</param>
/// <param name="LogRestarts">How often a partition's log was found to have begun again.</param>
/// <param name="CommitProblem">Why offsets cannot be committed; null where they can.</param>
/// <param name="LastError">The latest error of the client; it may be over.</param>
/// <param name="Failed">Why reading has ended for good; null while it goes on.</param>
/// <param name="PartitionCounts">How many partitions each topic has, where known.</param>
/// <param name="Partitions">Every partition that was asked for, in the order of topic and number.</param>
public sealed record ReaderStatus(
    bool Connected,
    DateTimeOffset? DownSince,
    IReadOnlyList<string> MissingTopics,
    IReadOnlyList<SkippedRange> Skipped,
    long SkippedRecords,
    long LogRestarts,
    string? CommitProblem,
    string? LastError,
    string? Failed,
    IReadOnlyDictionary<string, int> PartitionCounts,
    IReadOnlyList<PartitionStatus> Partitions)
{
    /// <summary>What keeps the reader from being ready, in words; null where nothing does.</summary>
    public string? Problem
    {
        get
        {
            if (Failed is not null) return Failed;
            if (!Connected) return $"no Kafka broker can be reached since {DownSince:u}: {LastError ?? "not connected yet"}";
            var missing = MissingTopics.Count == 0 ? null : $"waiting for topics that do not exist or cannot be read: {string.Join(", ", MissingTopics)}";
            string?[] problems = [missing, PartitionProblem, CommitProblem];
            return problems.Any(p => p is not null) ? string.Join("; ", problems.Where(p => p is not null)) : null;
        }
    }

    // Of many that fail alike, a few tell enough.
    private string? PartitionProblem
    {
        get
        {
            const int named = 3;
            var failing = Partitions.Where(p => p.Problem is not null).ToList();
            if (failing.Count == 0) return null;
            var first = string.Join(", ", failing.Take(named).Select(p => $"{p.Topic}[{p.Partition}] ({p.Problem})"));
            return $"waiting for partitions: {first}{(failing.Count > named ? $", and {failing.Count - named} more" : "")}";
        }
    }
}

/// <summary>How reading of one partition goes.</summary>
/// <param name="Topic">Topic name.</param>
/// <param name="Partition">Partition number.</param>
/// <param name="State">What is being done with it.</param>
/// <param name="Position">Offset of the next record to read; null before it is opened.</param>
/// <param name="Watermark">Every record before this offset is done; null before that is known.</param>
/// <param name="Committed">The offset that the group has committed; null where none is known.</param>
/// <param name="End">One past the log's last record, as of the latest query; null before the first.</param>
/// <param name="Lag">Records that are not done: end less watermark; null where unknown.</param>
/// <param name="Paused">Reading waits because enough is undone.</param>
/// <param name="Records">Records read since it was opened.</param>
/// <param name="Problem">Why it is not being read, in words; null where it is, where that is a matter of moments, and where it does not exist.</param>
public sealed record PartitionStatus(
    string Topic,
    int Partition,
    PartitionState State,
    long? Position,
    long? Watermark,
    long? Committed,
    long? End,
    long? Lag,
    bool Paused,
    long Records,
    string? Problem);

/// <summary>What the reader does with a partition.</summary>
public enum PartitionState
{
    /// <summary>To be opened at the next round: it does not exist yet, the broker is away, or its log changed.</summary>
    Waiting,

    /// <summary>Its log's bounds are looked up and its consumer is made.</summary>
    Opening,

    /// <summary>Being read.</summary>
    Reading,

    /// <summary>No longer read; its watermark may still move and be committed.</summary>
    Stopped,
}

/// <summary>Offsets that were gone (by retention) before they were read.</summary>
/// <param name="Topic">Topic name.</param>
/// <param name="Partition">Partition number.</param>
/// <param name="From">First offset that was not read.</param>
/// <param name="To">The offset at which reading went on.</param>
/// <param name="At">When that was found.</param>
public sealed record SkippedRange(string Topic, int Partition, long From, long To, DateTimeOffset At);
