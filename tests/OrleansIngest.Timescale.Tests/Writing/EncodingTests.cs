using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OrleansIngest.Core.Rows;
using OrleansIngest.Testing.Timescale;

namespace OrleansIngest.Timescale.Tests.Writing;

/// <summary>What is stored equals what was handed in, whatever it is: through COPY, and through staging as well.</summary>
public sealed class EncodingTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Elements("", " ", "°C", "\\N", "a\tb\nc", "\"quoted\"", "日本語", "😀 emoji 👩‍🔧", "\u0001\u001f", "e\u0301"),
        ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => Clean(text.Get)));

    // Any microsecond of 2000 to 2026, so that a day's chunk is shared by several rows.
    private static readonly Gen<long> Times = from day in Gen.Choose(0, 3)
                                              from micros in Gen.Choose(0, int.MaxValue)
                                              select Given.Start + (day * 86_400_000_000L * 100) + (micros * 40L);

    private static readonly Gen<double> Doubles = Gen.OneOf(
        ArbMap.Default.GeneratorFor<double>(),
        Gen.Elements(0d, -0d, double.Epsilon, double.MaxValue, double.MinValue, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 0.1));

    private static readonly Gen<(int Kind, string Text, string Other, long Time, double Value, bool Missing)> Cases =
        from kind in Gen.Choose(0, 3)
        from text in Texts
        from other in Texts
        from time in Times
        from value in Doubles
        from missing in ArbMap.Default.GeneratorFor<bool>()
        select (kind, text, other, time, value, missing);

    private readonly TestDatabase _database = fixture.Database;

    [Fact]
    public async Task What_is_stored_equals_what_was_given()
    {
        var rows = Gen.Sample(Cases, 3000).Select((c, i) => Row(c.Kind, i, c.Text, c.Other, c.Time, c.Value, c.Missing)).ToList();
        await using var run = new WriterRun(_database);
        var batches = rows.Chunk(100).Select((chunk, i) => Given.Batch($"key-{i}", chunk.Select(row => Given.Decoded("any", row)))).ToList();

        Assert.Empty(await run.WriteAsync(batches));
        Assert.Equal(0, run.Health.StagedBatches);
        await AssertStoredAsync(rows);

        await _database.ExecuteAsync("DELETE FROM iot_measurements WHERE value > 0; DELETE FROM iot_raw_data WHERE kafka_offset % 2 = 0; DELETE FROM sensor_data; DELETE FROM events WHERE properties IS NULL");
        Assert.Empty(await run.WriteAsync(batches));
        Assert.True(run.Health.StagedBatches > 0);
        await AssertStoredAsync(rows);
    }

    // The device or sensor id, the offset or the event id carries the index, so that every row has a key of its own.
    private static Row Row(int kind, int index, string text, string other, long time, double value, bool missing) => kind switch
    {
        0 => new MeasurementRow
        {
            TimeMicros = time, DeviceId = $"{index}", ConnectorMode = Cut(text, 50), ComponentType = Cut(other, 50),
            PinPosition = Cut(text, 10), Value = value, Unit = Cut(other, 20), Topic = Cut(text + other, 255),
        },
        1 => new RawRow
        {
            TimeMicros = time, DeviceId = Cut(text, 50), Payload = Json(text, other, value), MessageId = missing ? null : other,
            Source = Given.Record(index, new(text, "t" + Cut(other, 100), index % 7, 0, 0)), Values = [],
        },
        2 => new SensorRow { TimeMicros = time, SensorId = $"{index}:{text}", Message = missing ? null : other },
        _ => new EventRow
        {
            TimeMicros = time, EventId = new Guid(index, 0x1122, 0x3344, 1, 2, 3, 4, 5, 6, 7, 8), EventType = text, UserId = other,
            Properties = missing ? default(ReadOnlyMemory<byte>?) : Json(text, other, value),
        },
    };

    private async Task AssertStoredAsync(List<Row> rows)
    {
        var measurements = await ByIndexAsync("SELECT device_id::int, timestamp, connector_mode, component_type, pin_position, value, unit, topic FROM iot_measurements");
        var raws = await ByIndexAsync("SELECT kafka_offset::int, time, device_id, topic, payload::text, message_id, kafka_partition FROM iot_raw_data");
        var sensors = await ByIndexAsync("SELECT substring(sensor_id FROM '^\\d+')::int, sensor_timestamp, sensor_id, message FROM sensor_data");
        var events = await ByIndexAsync("SELECT ('x' || left(event_id::text, 8))::bit(32)::int, time, event_id, event_type, user_id, properties::text FROM events");
        Assert.Equal(rows.Count, measurements.Count + raws.Count + sensors.Count + events.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            switch (rows[i])
            {
                case MeasurementRow m:
                    Assert.Equal([Time(m.TimeMicros), m.ConnectorMode, m.ComponentType, m.PinPosition, double.IsFinite(m.Value) ? m.Value : null, m.Unit, m.Topic], measurements[i]);
                    break;
                case RawRow r:
                    Assert.Equal([Time(r.TimeMicros), r.DeviceId, r.Source.Source.Topic, Normal(r.Payload), r.MessageId, r.Source.Source.Partition], Normalized(raws[i], 3));
                    break;
                case SensorRow s:
                    Assert.Equal([Time(s.TimeMicros), s.SensorId, s.Message], sensors[FirstDigits(s.SensorId)]);
                    break;
                case EventRow e:
                    Assert.Equal([Time(e.TimeMicros), e.EventId, e.EventType, e.UserId, e.Properties is { } json ? Normal(json) : null], Normalized(events[i], 4));
                    break;
            }
        }
    }

    private async Task<Dictionary<int, object?[]>> ByIndexAsync(string query) =>
        (await _database.RowsAsync(query)).ToDictionary(row => (int)row[0]!, row => row[1..]);

    private static object?[] Normalized(object?[] row, int json)
    {
        row[json] = row[json] is string text ? Normal(Encoding.UTF8.GetBytes(text)) : null;
        return row;
    }

    private static int FirstDigits(string text) => int.Parse(string.Concat(text.TakeWhile(char.IsAsciiDigit)));

    private static DateTime Time(long micros) => DateTime.UnixEpoch.AddTicks(micros * 10);

    private static string Normal(ReadOnlyMemory<byte> json)
    {
        var node = System.Text.Json.Nodes.JsonNode.Parse(json.Span)!.AsObject();
        return string.Join('|', node.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p =>
            p.Value!.GetValueKind() == System.Text.Json.JsonValueKind.Number ? $"{p.Key}={p.Value.GetValue<double>():R}" : $"{p.Key}={p.Value}"));
    }

    private static byte[] Json(string text, string other, double value) => System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(
        new Dictionary<string, object> { ["text"] = text, ["other"] = other, ["value"] = double.IsFinite(value) && value != 0 ? value : 1.5 });

    // What the decoder never lets through: U+0000 and halves of surrogate pairs.
    private static string Clean(string text)
    {
        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value != 0 && rune != Rune.ReplacementChar)
            {
                clean.Append(rune.ToString());
            }
        }

        return clean.ToString();
    }

    private static string Cut(string text, int codePoints) => string.Concat(text.EnumerateRunes().Take(codePoints).Select(rune => rune.ToString()));
}
