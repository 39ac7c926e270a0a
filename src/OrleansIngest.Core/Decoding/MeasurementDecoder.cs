using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Core.Decoding;

/// <summary>
/// The format <c>decoded</c>. Five fields go by two names. The first name wins where it is present, even as null,
/// and the other is then ignored like any unknown key.
/// </summary>
internal sealed class MeasurementDecoder(DecoderOptions options, TimeProvider clock, DecoderCounters counters)
    : JsonDecoder(options, clock, Tables.Measurements, Names)
{
    private const int Timestamp = 0;
    private const int MacAddress = 1;
    private const int DeviceId = 2;
    private const int Mode = 3;
    private const int ConnectorMode = 4;
    private const int DataPointLabel = 5;
    private const int ComponentType = 6;
    private const int Pin = 7;
    private const int PinPosition = 8;
    private const int Value = 9;
    private const int Unit = 10;
    private const int OriginalTopic = 11;
    private const int Topic = 12;

    private static readonly FieldNames Names = new(
        "timestamp", "mac_address", "device_id", "mode", "connector_mode", "data_point_label", "component_type",
        "pin", "pin_position", "value", "unit", "original_topic", "topic");

    protected override DecodedRecord Decode(in Input input, ref RecordFields fields)
    {
        var row = new MeasurementRow
        {
            TimeMicros = fields.Time(Timestamp, input.Record, input.Limits),
            DeviceId = fields.Identity(fields.Either(MacAddress, DeviceId), maxCodePoints: 50),
            ConnectorMode = fields.Text(fields.Either(Mode, ConnectorMode), 50, "unknown")!,
            ComponentType = fields.Text(fields.Either(DataPointLabel, ComponentType), 50, "unknown")!,
            PinPosition = fields.Text(fields.Either(Pin, PinPosition), 10, "-1")!,
            Value = ValueReader.Read(fields.Json, fields[Value], input.Strings, out var unreadable),
            Unit = fields.Text(Unit, 20, "")!,
            Topic = fields.Text(fields.Either(OriginalTopic, Topic), 255, "")!,
        };
        if (unreadable && !fields.IsFaulty)
            counters.CountValueUnreadable();
        return new DecodedRecord(input.Record, row.DeviceId, row.TimeMicros, row);
    }
}
