using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Orleans.Tests.Serialization;

/// <summary>What goes to another silo arrives as it was.</summary>
public sealed class BatchSerializationTests
{
    private readonly Serializer _serializer = new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    [Fact]
    public void A_batch_keeps_its_identity_and_its_records_one_source()
    {
        var batch = Given.Batch(100, 3, "device ü", Given.Source(7, 2));

        var copy = Copy(batch);

        Assert.Equal((batch.StreamKey, batch.Source, batch.Format), (copy.StreamKey, copy.Source, copy.Format));
        Assert.Equal([100L, 101, 102], copy.Records.Select(r => r.Source.Offset));
        Assert.All(copy.Records, r => Assert.Same(copy.Source, r.Source.Source));
    }

    [Fact]
    public void A_record_keeps_its_bytes_and_headers()
    {
        var record = new SourceRecord
        {
            Source = Given.Source(),
            Offset = long.MaxValue,
            TimestampMicros = -1,
            Key = new byte[] { 0, 255 },
            Value = new byte[] { 1, 2, 3 }.AsMemory(1, 2),
            Headers = [new RecordHeader("a", new byte[] { 9 }), new RecordHeader("null", null), new RecordHeader("empty", Array.Empty<byte>())],
        };

        var copy = Copy(record);

        Assert.Equal((record.Offset, record.TimestampMicros), (copy.Offset, copy.TimestampMicros));
        Assert.Equal([0, 255], copy.Key!.Value.ToArray());
        Assert.Equal([2, 3], copy.Value!.Value.ToArray());
        Assert.Equal(["a", "null", "empty"], copy.Headers!.Select(h => h.Name));
        Assert.Equal([9], copy.Headers![0].Value!.Value.ToArray());
        Assert.Null(copy.Headers![1].Value);
        Assert.Equal(0, copy.Headers![2].Value!.Value.Length);
    }

    [Fact]
    public void A_record_without_key_value_and_headers_stays_so()
    {
        var copy = Copy(new SourceRecord { Source = Given.Source(), Offset = 0, TimestampMicros = 0 });

        Assert.Null(copy.Key);
        Assert.Null(copy.Value);
        Assert.Null(copy.Headers);
    }

    [Fact]
    public void Every_kind_of_row_keeps_every_column_and_its_chain()
    {
        var record = Given.Record(5);
        Row[] rows =
        [
            new MeasurementRow
            {
                TimeMicros = 1, DeviceId = "d", ConnectorMode = "m", ComponentType = "c", PinPosition = "p", Value = double.NaN, Unit = "u", Topic = "t",
            },
            new RawRow
            {
                TimeMicros = 2, DeviceId = "d", Payload = "{}"u8.ToArray(), MessageId = null, Source = record,
                Values = [new NamedValue("voltage.phase_a", 117.27), new NamedValue("current", -0.0)],
            },
            new SensorRow { TimeMicros = 3, SensorId = "s", Message = null },
            new EventRow
            {
                TimeMicros = 4, EventId = Guid.NewGuid(), EventType = "e", UserId = "u", Properties = "{\"a\":1}"u8.ToArray(),
            },
            new EventRow { TimeMicros = 5, EventId = Guid.Empty, EventType = "", UserId = "", Properties = null },
        ];
        for (var i = 0; i < rows.Length - 1; i++) rows[i].Next = rows[i + 1];

        var copy = Copy(new DecodedRecord(record, "d", 2, rows[0]));

        var row = copy.Row;
        foreach (var expected in rows)
        {
            Assert.Equal(Written(expected), Written(row!));
            if (row is RawRow raw)
            {
                Assert.Same(copy.Source, raw.Source);
                Assert.Equal(((RawRow)expected).Values, raw.Values);
            }

            row = row!.Next;
        }

        Assert.Null(row);
    }

    [Fact]
    public void A_refused_record_keeps_its_reason()
    {
        var refused = new RefusedRecord(Given.Measurement(3), "23514", "a check");

        var copy = Assert.Single(Copy(new[] { refused }));

        Assert.Equal((3L, "23514", "a check"), (copy.Record.Source.Offset, copy.SqlState, copy.Error));
    }

    private T Copy<T>(T value) => _serializer.Deserialize<T>(_serializer.SerializeToArray(value));

    // What the database would get.
    private static List<object?> Written(Row row)
    {
        var values = new Values();
        row.Table.Write(row, values);
        return [row.Table.Name, .. values.All];
    }

    private sealed class Values : IColumnWriter
    {
        public List<object?> All { get; } = [];

        public void Null() => All.Add(null);

        public void Timestamp(long unixMicros) => All.Add(unixMicros);

        public void Text(string value) => All.Add(value);

        public void Json(ReadOnlySpan<byte> utf8) => All.Add(Convert.ToHexString(utf8));

        public void Double(double value) => All.Add(value);

        public void Int32(int value) => All.Add(value);

        public void Int64(long value) => All.Add(value);

        public void Uuid(Guid value) => All.Add(value);
    }
}
