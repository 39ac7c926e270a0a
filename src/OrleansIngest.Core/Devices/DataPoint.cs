namespace OrleansIngest.Core.Devices;

/// <summary>Which value of a device: for decoded records mode, component and pin; for raw ones the path as component.</summary>
public readonly record struct DataPoint(string ConnectorMode, string ComponentType, string PinPosition)
{
    /// <summary>The data point of a raw message's number, such as <c>voltage.phase_a</c>.</summary>
    public static DataPoint OfPath(string path) => new("", path, "");
}

/// <summary>The newest value of a data point.</summary>
/// <param name="Point">Which value.</param>
/// <param name="Value">The value; NaN where it was null.</param>
/// <param name="TimeMicros">Its record's time, microseconds since 1970.</param>
public readonly record struct LatestValue(DataPoint Point, double Value, long TimeMicros);
