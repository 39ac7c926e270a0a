using OrleansIngest.Core.Records;

namespace OrleansIngest.Kafka.DeadLetters;

/// <summary>A message of the dead-letter topic, taken apart.</summary>
/// <param name="Partition">Partition of the dead-letter topic.</param>
/// <param name="Offset">Offset in it.</param>
/// <param name="WrittenAt">When it was written there.</param>
/// <param name="Reason">One of <see cref="RejectReasons.All"/>; empty where the message is no dead letter of ours.</param>
/// <param name="Error">What was wrong, in words.</param>
/// <param name="Origin">Where the record stood; null where the headers do not tell.</param>
/// <param name="Key">The record's key.</param>
/// <param name="Value">The record's value, or its beginning (<see cref="IsTruncated"/>); null for a tombstone.</param>
/// <param name="Headers">The record's own headers.</param>
/// <param name="Cuts">What was cut off so that the broker would take it.</param>
public sealed record DeadLetter(
    int Partition,
    long Offset,
    DateTimeOffset WrittenAt,
    string Reason,
    string Error,
    DeadLetterOrigin? Origin,
    byte[]? Key,
    byte[]? Value,
    IReadOnlyList<RecordHeader> Headers,
    DeadLetterCuts Cuts)
{
    /// <summary>Whether a part of the record is missing, so that it cannot be replayed.</summary>
    public bool IsTruncated => Cuts != default;
}

/// <summary>Where a dead record stood.</summary>
/// <param name="Topic">Topic name.</param>
/// <param name="Partition">Partition number.</param>
/// <param name="Offset">Offset.</param>
/// <param name="TimestampMs">The record's Kafka timestamp in milliseconds since 1970; null where it had none.</param>
public sealed record DeadLetterOrigin(string Topic, int Partition, long Offset, long? TimestampMs);

/// <summary>What a dead letter lacks of its record.</summary>
/// <param name="ValueLength">Length of the whole value in bytes, where it was cut.</param>
/// <param name="ValueSha256">SHA-256 of the whole value in lower-case hex, where it was cut.</param>
/// <param name="KeyLength">Length of the whole key in bytes, where it was cut.</param>
/// <param name="HeadersDropped">How many headers were left out; null where none were.</param>
public readonly record struct DeadLetterCuts(long? ValueLength, string? ValueSha256, long? KeyLength, int? HeadersDropped);
