using OrleansIngest.Core.Rows;

namespace OrleansIngest.Core.Records;

/// <summary>A record and the rows that it causes: the unit that is committed or refused as a whole.</summary>
public sealed class DecodedRecord(SourceRecord source, string streamKey, long timeMicros, Row row)
{
    /// <summary>The record as it was read.</summary>
    public SourceRecord Source { get; } = source;

    /// <summary>The device or sensor id; for an event, which has no device, its <c>topic/partition</c>.</summary>
    public string StreamKey { get; } = streamKey;

    /// <summary>The record's own time, microseconds since 1970.</summary>
    public long TimeMicros { get; } = timeMicros;

    /// <summary>The first of the record's rows; more follow by <see cref="Row.Next"/>.</summary>
    public Row Row { get; } = row;
}

/// <summary>A record that cannot be stored, with the reason and a sentence for the operator.</summary>
public readonly record struct Rejection(SourceRecord Record, RejectReason Reason, string Error);
