using OrleansIngest.Kafka.Reading;

namespace OrleansIngest.Streaming.Kafka.Status;

/// <summary>How a provider's reading goes on this silo, as of now.</summary>
/// <param name="Name">The provider's name.</param>
/// <param name="Problems">What keeps it from being ready, a sentence each; empty where nothing does.</param>
/// <param name="Reader">The reader that all partitions share.</param>
/// <param name="Partitions">The partitions that this silo reads, in the order of topic and number.</param>
/// <param name="GivenUp">Deliveries and registrations that Orleans gave up for the time being; nothing is lost by it.</param>
/// <param name="LastGivenUp">The latest of them; null where there was none.</param>
/// <param name="ForeignTokens">How often a rewindable stream was asked to go back to a place in another partition, which was ignored.</param>
public sealed record KafkaStreamStatus(
    string Name,
    IReadOnlyList<string> Problems,
    ReaderStatus Reader,
    IReadOnlyList<KafkaStreamPartitionStatus> Partitions,
    long GivenUp,
    string? LastGivenUp,
    long ForeignTokens);

/// <summary>One partition.</summary>
/// <param name="Reading">What the reader knows of it.</param>
/// <param name="InFlightBytes">Bytes of records that are read and not done.</param>
/// <param name="InFlightRecords">Records that are read and not done.</param>
/// <param name="DoneRecords">Records done since this silo took the partition on.</param>
/// <param name="HeldRecords">Records that the mapper failed on, which stay undone.</param>
/// <param name="Oldest">What the watermark waits for; null where nothing is in flight.</param>
public sealed record KafkaStreamPartitionStatus(
    PartitionStatus Reading, long InFlightBytes, long InFlightRecords, long DoneRecords, long HeldRecords, WaitingStream? Oldest);

/// <summary>The stream whose container has been in flight longest.</summary>
/// <param name="Namespace">The stream's namespace.</param>
/// <param name="Key">The stream's key.</param>
/// <param name="Offset">Offset of the container's first record.</param>
/// <param name="Since">How long ago it was read.</param>
/// <param name="HandedOut">Whether a subscriber has been given it; where not, its grain does not activate or none subscribes.</param>
public sealed record WaitingStream(string Namespace, string Key, long Offset, TimeSpan Since, bool HandedOut);
