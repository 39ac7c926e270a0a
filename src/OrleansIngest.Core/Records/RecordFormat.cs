namespace OrleansIngest.Core.Records;

/// <summary>What the records of a topic look like; a topic is bound to exactly one format by configuration.</summary>
public enum RecordFormat
{
    /// <summary>One measurement of one data point; rows go to <c>iot_measurements</c>.</summary>
    Decoded,

    /// <summary>A device's own message; rows go to <c>iot_raw_data</c>.</summary>
    Raw,

    /// <summary>A sensor's message; rows go to <c>sensor_data</c>.</summary>
    Sensor,

    /// <summary>An analytics event, which belongs to no device; rows go to <c>events</c>.</summary>
    Event,
}
