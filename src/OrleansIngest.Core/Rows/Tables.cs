namespace OrleansIngest.Core.Rows;

/// <summary>The tables that records are written to.</summary>
public static class Tables
{
    /// <summary>Measurements of the decoded format.</summary>
    public static Table<MeasurementRow> Measurements { get; } = new(
        0, "iot_measurements", "timestamp",
        ["timestamp", "device_id", "connector_mode", "component_type", "pin_position"],
        TimeSpan.FromDays(90),
        [
            new("timestamp", "timestamp with time zone", false, (r, w) => w.Timestamp(r.TimeMicros)),
            new("device_id", "character varying(50)", false, (r, w) => w.Text(r.DeviceId)),
            new("connector_mode", "character varying(50)", false, (r, w) => w.Text(r.ConnectorMode)),
            new("component_type", "character varying(50)", false, (r, w) => w.Text(r.ComponentType)),
            new("pin_position", "character varying(10)", false, (r, w) => w.Text(r.PinPosition)),
            new("value", "double precision", true, (r, w) =>
            {
                if (double.IsFinite(r.Value)) w.Double(r.Value);
                else w.Null();
            }),
            new("unit", "character varying(20)", true, (r, w) => w.Text(r.Unit)),
            new("topic", "character varying(255)", true, (r, w) => w.Text(r.Topic)),
        ]);

    /// <summary>Devices' own messages, whole.</summary>
    public static Table<RawRow> Raw { get; } = new(
        1, "iot_raw_data", "time",
        ["time", "topic", "kafka_partition", "kafka_offset"],
        TimeSpan.FromDays(30),
        [
            new("time", "timestamp with time zone", false, (r, w) => w.Timestamp(r.TimeMicros)),
            new("device_id", "character varying(50)", false, (r, w) => w.Text(r.DeviceId)),
            new("topic", "text", false, (r, w) => w.Text(r.Source.Source.Topic)),
            new("payload", "jsonb", false, (r, w) => w.Json(r.Payload.Span)),
            new("message_id", "text", true, (r, w) =>
            {
                if (r.MessageId is null) w.Null();
                else w.Text(r.MessageId);
            }),
            new("kafka_partition", "integer", false, (r, w) => w.Int32(r.Source.Source.Partition)),
            new("kafka_offset", "bigint", false, (r, w) => w.Int64(r.Source.Offset)),
        ]);

    /// <summary>Sensors' messages.</summary>
    public static Table<SensorRow> Sensors { get; } = new(
        2, "sensor_data", "sensor_timestamp",
        ["sensor_id", "sensor_timestamp"],
        null,
        [
            new("sensor_id", "text", false, (r, w) => w.Text(r.SensorId)),
            new("message", "text", true, (r, w) =>
            {
                if (r.Message is null) w.Null();
                else w.Text(r.Message);
            }),
            new("sensor_timestamp", "timestamp with time zone", false, (r, w) => w.Timestamp(r.TimeMicros)),
        ]);

    /// <summary>Analytics events.</summary>
    public static Table<EventRow> Events { get; } = new(
        3, "events", "time",
        ["event_id", "time"],
        null,
        [
            new("time", "timestamp with time zone", false, (r, w) => w.Timestamp(r.TimeMicros)),
            new("event_id", "uuid", false, (r, w) => w.Uuid(r.EventId)),
            new("event_type", "text", false, (r, w) => w.Text(r.EventType)),
            new("user_id", "text", false, (r, w) => w.Text(r.UserId)),
            new("properties", "jsonb", true, (r, w) =>
            {
                if (r.Properties is { } json) w.Json(json.Span);
                else w.Null();
            }),
        ]);

    /// <summary>Every table, by <see cref="Table.Index"/>.</summary>
    public static IReadOnlyList<Table> All { get; } = [Measurements, Raw, Sensors, Events];
}
