using System.Text;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Core.Tests.Devices;

/// <summary>Records as decoders make them.</summary>
internal static class Given
{
    public static readonly RecordSource Source = new("cluster", "topic", 0, 0, 0);

    public static DecodedRecord Measurement(
        long offset, long time, double value, string point = "sensor", RecordSource? source = null, string device = "d")
    {
        var record = new SourceRecord
        {
            Source = source ?? Source,
            Offset = offset,
            TimestampMicros = time,
            Value = Encoding.UTF8.GetBytes($"{device}/{point}/{time}/{value}"),
        };
        return new DecodedRecord(record, device, time, new MeasurementRow
        {
            TimeMicros = time,
            DeviceId = device,
            ConnectorMode = "mode",
            ComponentType = point,
            PinPosition = "1",
            Value = value,
            Unit = "",
            Topic = "",
        });
    }

    public static DecodedRecord Raw(SourceRecord record, string device, long time, params NamedValue[] values) =>
        new(record, device, time, new RawRow
        {
            TimeMicros = time,
            DeviceId = device,
            Payload = record.Value!.Value,
            MessageId = null,
            Source = record,
            Values = values,
        });
}
