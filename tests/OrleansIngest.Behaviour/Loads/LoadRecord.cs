using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Loads;

/// <summary>A record that is sent, and what must become of it.</summary>
public sealed class LoadRecord
{
    /// <summary>Topic to send it to.</summary>
    public required string Topic { get; init; }

    /// <summary>Format that the topic is bound to.</summary>
    public required RecordFormat Format { get; init; }

    /// <summary>Key; null for none.</summary>
    public byte[]? Key { get; init; }

    /// <summary>Value; null for a tombstone.</summary>
    public byte[]? Value { get; init; }

    /// <summary>Headers in their order.</summary>
    public IReadOnlyList<(string Name, byte[]? Value)> Headers { get; init; } = [];

    /// <summary>The partition to send it to; null lets the key decide.</summary>
    public int? ToPartition { get; init; }

    /// <summary>The row that it must cause; null for one that must become a dead letter.</summary>
    public ExpectedRow? Row { get; init; }

    /// <summary>The values that its device's twin must take, by data point; empty where it has none.</summary>
    public IReadOnlyList<ExpectedValue> Values { get; init; } = [];

    /// <summary>The device whose twin it changes; null for none.</summary>
    public string? Device { get; init; }

    /// <summary>Why it must become a dead letter; null for a valid one.</summary>
    public RejectReason? Reason { get; init; }

    /// <summary>Partition that the broker put it in; -1 before it has acknowledged it.</summary>
    public int Partition { get; private set; } = -1;

    /// <summary>Its offset there.</summary>
    public long Offset { get; private set; } = -1;

    /// <summary>The Kafka timestamp that it was sent with, milliseconds since 1970.</summary>
    public long TimestampMs { get; private set; }

    /// <summary>Whether the broker has acknowledged it.</summary>
    public bool IsSent => Offset >= 0;

    /// <summary>The key of its row, in the text form of <see cref="ExpectedRow"/>.</summary>
    public string RowKey => Format == RecordFormat.Raw ? $"{Row!.TimeMicros}|{Topic}|{Partition}|{Offset}" : Row!.Key;

    internal void Sent(long timestampMs) => TimestampMs = timestampMs;

    internal void Acknowledged(int partition, long offset) => (Partition, Offset) = (partition, offset);

    /// <summary>The same record once more, as a producer that repeats itself sends it.</summary>
    public LoadRecord Again() => new()
    {
        Topic = Topic, Format = Format, Key = Key, Value = Value, Headers = Headers, ToPartition = ToPartition,
        Row = Row, Values = Values, Device = Device, Reason = Reason,
    };
}

/// <summary>A row as texts that can be compared.</summary>
/// <param name="Key">The columns of the natural key, joined by |; empty for raw records, whose key is their time and place in Kafka.</param>
/// <param name="Columns">All other columns, joined by |.</param>
/// <param name="TimeMicros">The record's time, microseconds since 1970.</param>
public sealed record ExpectedRow(string Key, string Columns, long TimeMicros);

/// <summary>A value that a twin takes.</summary>
/// <param name="Point">Mode, component and pin, joined by |.</param>
/// <param name="Value">The value; null for none.</param>
public readonly record struct ExpectedValue(string Point, double? Value);
