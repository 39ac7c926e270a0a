using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;
using Xunit;

namespace OrleansIngest.Core.Tests.Decoding;

/// <summary>decode(encode(x)) = x, whatever names, order, escapes and forms the encoding chose.</summary>
public class RoundTripTests
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(500);
    private static readonly DecoderOptions AnyAge = new() { MaxLateness = TimeSpan.FromDays(36_500) };

    [Fact]
    public void Decoded() => Check(
        from id in Encode.Id(50)
        from time in Encode.Time()
        from mode in Encode.TextOr("unknown", 50)
        from label in Encode.TextOr("unknown", 50)
        from pin in Encode.TextOr("-1", 10)
        from value in Encode.Value()
        from unit in Encode.TextOr("", 20)
        from topic in Encode.TextOr("", 255)
        from aliased in Gen.Elements(false, true)
        from json in Encode.Object(
            ("timestamp", time.Json),
            (aliased ? "device_id" : "mac_address", id.Json),
            (aliased ? "connector_mode" : "mode", mode.Json),
            (aliased ? "component_type" : "data_point_label", label.Json),
            (aliased ? "pin_position" : "pin", pin.Json),
            ("value", value.Json),
            ("unit", unit.Json),
            (aliased ? "topic" : "original_topic", topic.Json))
        select (json, (time.Value, id.Value, mode.Value, label.Value, pin.Value, value.Value, unit.Value, topic.Value)),
        RecordFormat.Decoded,
        (MeasurementRow r) => (r.TimeMicros, r.DeviceId, r.ConnectorMode, r.ComponentType, r.PinPosition, r.Value, r.Unit, r.Topic));

    [Fact]
    public void Raw() => Check(
        from id in Encode.Id(50)
        from time in Encode.Time()
        from message in Encode.TextOr("", 255)
        from name in Encode.Text(20)
        from value in Encode.Value()
        let measurements = $$$"""{"unit":"V","at":{{{{name.Json}}}:{{{value.Json ?? "null"}}}}}"""
        // JSONB holds no U+0000, so this object has no unknown keys that hold it.
        let json = $$"""{"device_id":{{id.Json}},"timestamp":{{time.Json}},"message_id":{{message.Json ?? "null"}},"measurements":{{measurements}}}"""
        let isText = message.Json is not (null or "null")
        let number = value.Json?.StartsWith('"') == true ? double.NaN : value.Value
        select (json, (json, time.Value, id.Value, isText ? message.Value : null, double.IsNaN(number) ? "" : $"at.{name.Value}={number:R}")),
        RecordFormat.Raw,
        (RawRow r) => (Encoding.UTF8.GetString(r.Payload.Span), r.TimeMicros, r.DeviceId, r.MessageId,
            string.Join(' ', r.Values.Select(v => $"{v.Path}={v.Value:R}"))));

    [Fact]
    public void Sensor() => Check(
        from id in Encode.Id(255)
        from time in Encode.Time()
        from message in Encode.TextOr("", 1_000)
        from json in Encode.Object(("sensor_id", id.Json), ("message", message.Json), ("sensor_timestamp", time.Json))
        let isText = message.Json is not (null or "null")
        select (json, (time.Value, id.Value, isText ? message.Value : null)),
        RecordFormat.Sensor,
        (SensorRow r) => (r.TimeMicros, r.SensorId, r.Message));

    [Fact]
    public void Event() => Check(
        from bytes in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(16)
        let id = new Guid(bytes)
        from time in Encode.Time()
        from kind in Encode.Text(255)
        from user in Encode.Text(255)
        from text in Encode.Text(50)
        let properties = $$"""{ "path" : {{text.Json}} }"""
        from sent in Gen.Elements<string?>(properties, System.Text.Json.JsonSerializer.Serialize(properties), "null", null)
        from timeName in Gen.Elements("time", "timestamp")
        from json in Encode.Object(
            ("event_id", $"\"{id}\""), (timeName, time.Json), ("event_type", kind.Json), ("user_id", user.Json), ("properties", sent))
        select (json, (time.Value, id, kind.Value, user.Value, sent is null or "null" ? null : properties)),
        RecordFormat.Event,
        (EventRow r) => (r.TimeMicros, r.EventId, r.EventType, r.UserId, r.Properties is { } p ? Encoding.UTF8.GetString(p.Span) : null));

    private static void Check<TRow, T>(Gen<(string Json, T Expected)> encoded, RecordFormat format, Func<TRow, T> read)
        where TRow : Row
    {
        // One decoder for all runs: what its caches keep of one record must not show in another.
        var decoder = Decode.Decoders(AnyAge).Create(format);
        FsCheck.Check.One(Runs, Prop.ForAll(encoded.ToArbitrary(), x =>
            Assert.Equal(x.Expected, read((TRow)Decode.Accept(decoder, Decode.Record(x.Json, timestamp: -1)).Row))));
    }
}
