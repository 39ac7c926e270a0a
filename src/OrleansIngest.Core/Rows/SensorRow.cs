namespace OrleansIngest.Core.Rows;

/// <summary>A row of <c>sensor_data</c>.</summary>
public sealed class SensorRow : Row
{
    /// <summary>Microseconds since 1970.</summary>
    public required long TimeMicros { get; init; }

    /// <summary>Up to 255 code points.</summary>
    public required string SensorId { get; init; }

    /// <summary>The message: a JSON string's text, any other JSON as its text; null where it is absent.</summary>
    public required string? Message { get; init; }

    /// <inheritdoc />
    public override Table Table => Tables.Sensors;
}
