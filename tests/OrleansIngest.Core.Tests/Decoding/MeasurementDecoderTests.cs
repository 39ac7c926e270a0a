using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;
using Xunit;

namespace OrleansIngest.Core.Tests.Decoding;

public class MeasurementDecoderTests
{
    private const string Grin = "😀";

    [Fact]
    public void Missing_and_null_fields_have_their_defaults()
    {
        Assert.All(
            new[]
            {
                """{"device_id":"d"}""",
                """{"mac_address":"d","mode":null,"data_point_label":null,"pin":null,"value":null,"unit":null,"original_topic":null}""",
            },
            json =>
            {
                var row = Decode.Row<MeasurementRow>(RecordFormat.Decoded, json);
                Assert.Equal(("unknown", "unknown", "-1", "", ""), (row.ConnectorMode, row.ComponentType, row.PinPosition, row.Unit, row.Topic));
                Assert.Equal(double.NaN, row.Value);
            });
    }

    [Fact]
    public void The_stream_key_is_the_device_id_and_the_time_the_rows()
    {
        var decoded = Decode.Accept(Decode.Decoders().Create(RecordFormat.Decoded), Decode.Record("""{"device_id":" d "}"""));
        Assert.Equal((" d ", Decode.Eight), (decoded.StreamKey, decoded.TimeMicros));
        Assert.Same(decoded.StreamKey, ((MeasurementRow)decoded.Row).DeviceId);
    }

    [Theory]
    [InlineData("mac_address", "device_id")]
    [InlineData("mode", "connector_mode")]
    [InlineData("data_point_label", "component_type")]
    [InlineData("pin", "pin_position")]
    [InlineData("original_topic", "topic")]
    public void The_first_name_wins_in_any_order_even_as_null(string name, string alias)
    {
        static string Read(string name, string alias, string json)
        {
            var id = name == "mac_address" ? "" : "\"device_id\":\"d\",";
            var row = Decode.Row<MeasurementRow>(RecordFormat.Decoded, $$"""{{{id}}{{json}}}""");
            return name switch
            {
                "mac_address" => row.DeviceId,
                "mode" => row.ConnectorMode,
                "data_point_label" => row.ComponentType,
                "pin" => row.PinPosition,
                _ => row.Topic,
            };
        }

        Assert.Equal("a", Read(name, alias, $$"""
            "{{name}}":"a"
            """));
        Assert.Equal("b", Read(name, alias, $$"""
            "{{alias}}":"b"
            """));
        Assert.Equal("a", Read(name, alias, $$"""
            "{{name}}":"a","{{alias}}":"b"
            """));
        Assert.Equal("a", Read(name, alias, $$"""
            "{{alias}}":{"ignored":"\u0000"},"{{name}}":"a"
            """));
        if (name == "mac_address")
            Assert.Equal("device_id", Decode.Reason(RecordFormat.Decoded, """{"device_id":"b","mac_address":null}"""));
        else
            Assert.NotEqual("b", Read(name, alias, $$"""
                "{{alias}}":"b","{{name}}":null
                """));
    }

    [Theory]
    [InlineData("7", "7")]
    [InlineData("1.0", "1.0")]
    [InlineData("-1e+2", "-1e+2")]
    [InlineData("true", "true")]
    [InlineData("false", "false")]
    [InlineData("\"\"", "")]
    [InlineData("\" \"", " ")]
    [InlineData("\"\\u0041\\n\\\"\\\\\"", "A\n\"\\")]
    public void Text_may_be_a_number_or_boolean_as_it_is_written(string json, string text)
    {
        var row = Decode.Row<MeasurementRow>(
            RecordFormat.Decoded, $$"""{"device_id":"d","mode":{{json}},"data_point_label":{{json}},"pin":{{json}},"unit":{{json}},"topic":{{json}}}""");
        Assert.Equal([text, text, text, text, text], [row.ConnectorMode, row.ComponentType, row.PinPosition, row.Unit, row.Topic]);
    }

    [Theory]
    [InlineData("mode", 50)]
    [InlineData("data_point_label", 50)]
    [InlineData("pin", 10)]
    [InlineData("unit", 20)]
    [InlineData("original_topic", 255)]
    public void Text_is_limited_in_code_points_and_holds_no_nul(string field, int limit)
    {
        string Reason(string value) => Decode.Reason(RecordFormat.Decoded, $$"""{"device_id":"d","{{field}}":{{value}}}""");
        static string Repeat(string text, int count) => $"\"{string.Concat(Enumerable.Repeat(text, count))}\"";

        Assert.All(["x", "é", "€", Grin, "\\ud83d\\ude00", "\\n"], text =>
        {
            Assert.Equal("", Reason(Repeat(text, limit)));
            Assert.Equal("text_too_long", Reason(Repeat(text, limit + 1)));
        });
        Assert.Equal("text_too_long", Reason(new string('1', limit + 1)));
        Assert.Equal("nul", Reason("\"a\\u0000\""));
        Assert.Equal("", Reason("\"a\\\\u0000\""));
        Assert.Equal("text_type", Reason("{\"a\":1}"));
        Assert.Equal("text_type", Reason("[]"));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("\" \\t\\u00a0\"")]
    [InlineData("12")]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("[\"d\"]")]
    public void The_device_id_is_a_string_that_is_not_blank(string value)
    {
        Assert.Equal("device_id", Decode.Reason(RecordFormat.Decoded, $$"""{"mac_address":{{value}}}"""));
    }

    [Fact]
    public void The_device_id_has_at_most_50_code_points_and_no_nul()
    {
        static string Reason(string id) => Decode.Reason(RecordFormat.Decoded, $$"""{"mac_address":"{{id}}"}""");
        Assert.Equal("", Reason(string.Concat(Enumerable.Repeat(Grin, 50))));
        Assert.Equal("device_id", Reason(string.Concat(Enumerable.Repeat(Grin, 51))));
        Assert.Equal("nul", Reason("\\u0000"));
    }

    [Theory]
    [InlineData("21.5", 21.5)]
    [InlineData("-0.1", -0.1)]
    [InlineData("1e3", 1000)]
    [InlineData("1e-999", 0)]
    [InlineData("123456789012345678901234567890", 1.2345678901234568e29)]
    [InlineData("\"21.5\"", 21.5)]
    [InlineData("\" \\t21.5\\n \"", 21.5)]
    [InlineData("\"+.5\"", 0.5)]
    [InlineData("\"1E+2\"", 100)]
    [InlineData("\"\\u0031\"", 1)]
    [InlineData("true", 1)]
    [InlineData("false", 0)]
    [InlineData("null", double.NaN)]
    public void Values_are_numbers_numeric_strings_and_booleans(string value, double expected)
    {
        var (read, unreadable) = Read(value);
        Assert.Equal(expected, read);
        Assert.Equal(0, unreadable);
    }

    [Theory]
    [InlineData("\"open\"")]
    [InlineData("\"\"")]
    [InlineData("\"NaN\"")]
    [InlineData("\"Infinity\"")]
    [InlineData("\"1,000\"")]
    [InlineData("\"1 2\"")]
    [InlineData("\"0x10\"")]
    [InlineData("\"1\\u0000\"")]
    [InlineData("\"true\"")]
    [InlineData("1e999")]
    [InlineData("\"-1e999\"")]
    [InlineData("{\"value\":1}")]
    [InlineData("[1]")]
    public void Other_values_are_stored_as_null_and_counted(string value)
    {
        Assert.Equal((double.NaN, 1), Read(value));
    }

    [Fact]
    public void Unreadable_values_of_rejected_records_are_not_counted()
    {
        var decoders = Decode.Decoders();
        Assert.False(decoders.Create(RecordFormat.Decoded).TryDecode(Decode.Record("""{"value":"open"}"""), out _, out _));
        Assert.Equal(0, decoders.Counters.ValueUnreadable);
    }

    private static (double Value, long Unreadable) Read(string value)
    {
        var decoders = Decode.Decoders();
        var decoded = Decode.Accept(decoders.Create(RecordFormat.Decoded), Decode.Record($$"""{"device_id":"d","value":{{value}}}"""));
        return (((MeasurementRow)decoded.Row).Value, decoders.Counters.ValueUnreadable);
    }
}
