namespace OrleansIngest.Core.Rows;

/// <summary>A row of <c>iot_measurements</c>.</summary>
public sealed class MeasurementRow : Row
{
    /// <summary>Microseconds since 1970.</summary>
    public required long TimeMicros { get; init; }

    /// <summary>Up to 50 code points.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Up to 50 code points.</summary>
    public required string ConnectorMode { get; init; }

    /// <summary>Up to 50 code points.</summary>
    public required string ComponentType { get; init; }

    /// <summary>Up to 10 code points.</summary>
    public required string PinPosition { get; init; }

    /// <summary>The value; NaN for SQL NULL.</summary>
    public required double Value { get; init; }

    /// <summary>Up to 20 code points.</summary>
    public required string Unit { get; init; }

    /// <summary>Up to 255 code points.</summary>
    public required string Topic { get; init; }

    /// <inheritdoc />
    public override Table Table => Tables.Measurements;
}
