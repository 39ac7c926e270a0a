namespace OrleansIngest.Core.Records;

/// <summary>
/// A partition's log as offsets count in it: one instance an assignment, shared by its records.
/// </summary>
/// <param name="ClusterId">The Kafka cluster's own id.</param>
/// <param name="Topic">Topic name.</param>
/// <param name="Partition">Partition number.</param>
/// <param name="Epoch">How often this log began again (a re-created topic, a broker that lost its data). Offsets of different epochs do not compare.</param>
/// <param name="EpochStartedMicros">When the epoch began, by the database's clock, in microseconds since 1970; 0 for the first.</param>
public sealed record RecordSource(string ClusterId, string Topic, int Partition, int Epoch, long EpochStartedMicros)
{
    /// <summary>Whether the group comes to a log that others have seen begin again, and has not read the partition before.</summary>
    public bool IsNewToGroup { get; init; }

    /// <inheritdoc />
    public override string ToString() => $"{Topic}[{Partition}]";
}
