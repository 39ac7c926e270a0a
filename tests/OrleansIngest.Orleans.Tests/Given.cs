using System.Text;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Orleans.Tests;

/// <summary>Records and batches as the mapper makes them.</summary>
internal static class Given
{
    public static RecordSource Source(int partition = 0, int epoch = 0, string topic = "topic") =>
        new("cluster", topic, partition, epoch, epoch * 1_000_000L);

    /// <summary>A measurement of a device, a second after the one at the offset before.</summary>
    public static DecodedRecord Measurement(long offset, string device = "d", RecordSource? source = null, double value = 1.5)
    {
        var time = 1_790_000_000_000_000 + (offset * 1_000_000);
        return new DecodedRecord(Record(offset, source), device, time, new MeasurementRow
        {
            TimeMicros = time,
            DeviceId = device,
            ConnectorMode = "modbus",
            ComponentType = "temperature",
            PinPosition = "1",
            Value = value,
            Unit = "°C",
            Topic = "plant",
        });
    }

    public static SourceRecord Record(long offset, RecordSource? source = null) => new()
    {
        Source = source ?? Source(),
        Offset = offset,
        TimestampMicros = 1_790_000_000_000_000 + offset,
        Key = Encoding.UTF8.GetBytes("key"),
        Value = Encoding.UTF8.GetBytes($"value {offset}"),
    };

    /// <summary>A batch of measurements at consecutive offsets.</summary>
    public static DeviceBatch Batch(long first, int count, string device = "d", RecordSource? source = null)
    {
        var batch = new DeviceBatch(device, source ?? Source(), RecordFormat.Decoded);
        for (var i = 0; i < count; i++) batch.Records.Add(Measurement(first + i, device, batch.Source));
        return batch;
    }
}
