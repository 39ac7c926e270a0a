using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Rows;

/// <summary>A row of <c>iot_raw_data</c>: the twins' journal.</summary>
public sealed class RawRow : Row
{
    /// <summary>Microseconds since 1970.</summary>
    public required long TimeMicros { get; init; }

    /// <summary>Up to 50 code points.</summary>
    public required string DeviceId { get; init; }

    /// <summary>The whole message, UTF-8 JSON.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The message's own id, if it has one.</summary>
    public required string? MessageId { get; init; }

    /// <summary>Where the record stands in Kafka: part of the key.</summary>
    public required SourceRecord Source { get; init; }

    /// <summary>The numbers of <c>measurements</c>, by their path, such as <c>voltage.phase_a</c>.</summary>
    public required NamedValue[] Values { get; init; }

    /// <inheritdoc />
    public override Table Table => Tables.Raw;
}

/// <summary>A number of a raw message. <paramref name="Path"/> is interned.</summary>
public readonly record struct NamedValue(string Path, double Value);
