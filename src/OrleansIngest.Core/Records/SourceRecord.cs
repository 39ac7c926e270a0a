namespace OrleansIngest.Core.Records;

/// <summary>One record as the broker handed it over. Its bytes live until it is done.</summary>
public sealed class SourceRecord
{
    /// <summary>What a record takes beside its bytes, about: itself, its row, its place in queues. In bytes.</summary>
    public const int Overhead = 256;

    private const int HeaderOverhead = 100;

    private ReadOnlyMemory<byte>? _key;
    private ReadOnlyMemory<byte>? _value;

    /// <summary>The partition's log that the record stands in.</summary>
    public required RecordSource Source { get; init; }

    /// <summary>Offset in the partition.</summary>
    public required long Offset { get; init; }

    /// <summary>The record's Kafka timestamp (create or append time) in microseconds since 1970; negative where it has none.</summary>
    public required long TimestampMicros { get; init; }

    /// <summary>The key's bytes; null where the record has none.</summary>
    public ReadOnlyMemory<byte>? Key
    {
        get => _key;
        init => _key = value;
    }

    /// <summary>The value's bytes; null for a tombstone.</summary>
    public ReadOnlyMemory<byte>? Value
    {
        get => _value;
        init => _value = value;
    }

    /// <summary>The headers in their order; null where the record has none.</summary>
    public IReadOnlyList<RecordHeader>? Headers { get; init; }

    /// <summary>Position among the records read in this assignment, from 0, without gaps. Set by <see cref="Delivery.PartitionProgress"/>.</summary>
    public long Sequence { get; internal set; }

    /// <summary>Bytes that the record holds in memory, about: key, value, headers, and <see cref="Overhead"/>.</summary>
    public int Size
    {
        get
        {
            var size = Overhead + (Key?.Length ?? 0) + (Value?.Length ?? 0);
            for (var i = 0; i < Headers?.Count; i++) size += HeaderOverhead + (Headers[i].Value?.Length ?? 0);
            return size;
        }
    }

    /// <summary>Gives the record bytes of its own: for one that waits longer than its neighbours, whose memory it shares.</summary>
    public void Detach()
    {
        if (_key is { } key) _key = key.ToArray();
        if (_value is { } value) _value = value.ToArray();
    }
}

/// <summary>A Kafka header. A null value differs from an empty one.</summary>
public readonly record struct RecordHeader(string Name, ReadOnlyMemory<byte>? Value);
