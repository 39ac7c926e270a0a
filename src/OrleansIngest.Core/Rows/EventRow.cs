namespace OrleansIngest.Core.Rows;

/// <summary>A row of <c>events</c>.</summary>
public sealed class EventRow : Row
{
    /// <summary>Microseconds since 1970.</summary>
    public required long TimeMicros { get; init; }

    /// <summary>The event's own id.</summary>
    public required Guid EventId { get; init; }

    /// <summary>The kind of event.</summary>
    public required string EventType { get; init; }

    /// <summary>Who caused it.</summary>
    public required string UserId { get; init; }

    /// <summary>UTF-8 JSON of an object; null where it is absent.</summary>
    public required ReadOnlyMemory<byte>? Properties { get; init; }

    /// <inheritdoc />
    public override Table Table => Tables.Events;
}
