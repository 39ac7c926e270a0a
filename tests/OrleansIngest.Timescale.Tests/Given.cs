using System.Text;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Timescale.Tests;

/// <summary>Records as the tests hand them to the writer.</summary>
internal static class Given
{
    /// <summary>2025-08-20 00:00 UTC in microseconds since 1970.</summary>
    public const long Start = 1_755_648_000_000_000;

    private static readonly RecordSource Source = new("cluster", "decoded_iot_data", 0, 0, 0);

    public static SourceRecord Record(long offset, RecordSource? source = null) =>
        new() { Source = source ?? Source, Offset = offset, TimestampMicros = Start, Value = "{}"u8.ToArray() };

    public static MeasurementRow Measurement(
        string device, long micros, double value, string unit = "V", string component = "voltage") => new()
    {
        TimeMicros = micros,
        DeviceId = device,
        ConnectorMode = "modbus",
        ComponentType = component,
        PinPosition = "1",
        Value = value,
        Unit = unit,
        Topic = "iot/1",
    };

    public static RawRow Raw(string device, long micros, long offset, string payload = "{\"a\": 1}", RecordSource? source = null) => new()
    {
        TimeMicros = micros,
        DeviceId = device,
        Payload = Encoding.UTF8.GetBytes(payload),
        MessageId = null,
        Source = Record(offset, source),
        Values = [],
    };

    /// <summary>A record with its rows, the first of which names its device.</summary>
    public static DecodedRecord Decoded(string device, params Row[] rows)
    {
        for (var i = 0; i + 1 < rows.Length; i++)
        {
            rows[i].Next = rows[i + 1];
        }

        return new DecodedRecord(Record(0), device, Start, rows[0]);
    }

    public static DeviceBatch Batch(string device, params IEnumerable<DecodedRecord> records)
    {
        var batch = new DeviceBatch(device, Source, RecordFormat.Decoded);
        batch.Records.AddRange(records);
        return batch;
    }

    /// <summary>A device's measurements, one each second from <paramref name="first"/> on.</summary>
    public static DeviceBatch Measurements(string device, int count, int first = 0, double value = 1) =>
        Batch(device, Enumerable.Range(first, count).Select(i => Decoded(device, Measurement(device, Start + (i * 1_000_000L), value))));
}
