using System.Text;
using OrleansIngest.Bench.Decoding;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;
using Xunit;

namespace OrleansIngest.Core.Tests.Decoding;

/// <summary>What is checked of every record, whatever its format.</summary>
public class RecordCheckTests
{
    public static TheoryData<RecordFormat> Formats => [.. Enum.GetValues<RecordFormat>()];

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_null_value_is_a_tombstone_and_an_empty_one_is_not(RecordFormat format)
    {
        Assert.Equal("tombstone", Decode.Reason(format, (byte[]?)null));
        Assert.Equal("not_json", Decode.Reason(format, []));
    }

    [Theory]
    [InlineData(" \r\n")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":1}}")]
    [InlineData("{\"a\":1} {}")]
    [InlineData("{\"a\":1} x")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":01}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("{'a':1}")]
    [InlineData("{\"a\":\"\t\"}")]
    [InlineData("{\"a\":\"\\x\"}")]
    [InlineData("{\"a\":1 /* no */}")]
    [InlineData("{\"a\":1} // no")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"a\":\"\\udc00\"}")]
    [InlineData("{\"a\":\"\\udc00\\ud800\"}")]
    [InlineData("{\"a\":\"\\ud83d\\n\\ude00\"}")]
    [InlineData("{\"a\":\"\\ud83dx\\ude00\"}")]
    [InlineData("{\"a\":[{\"b\":\"\\ud83d\\ud83d\\ude00\"}]}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"a\":{\"\\ud800\":1}}")]
    [InlineData("[\"\\ud800\"]")]
    [InlineData("\"\\ud800\"")]
    [InlineData("[] []")]
    public void Anything_that_is_not_one_json_text_is_not_json(string json)
    {
        Assert.All(Formats, format => Assert.Equal("not_json", Decode.Reason(format, json)));
    }

    [Theory]
    [InlineData("FF")]
    [InlineData("C080")]
    [InlineData("EDA080")]
    [InlineData("F4908080")]
    [InlineData("C3")]
    public void Invalid_utf8_is_not_json_wherever_it_stands(string hex)
    {
        byte[] inValue = [.. "{\"unknown\":\"x"u8, .. Convert.FromHexString(hex), .. "\"}"u8];
        byte[] inName = [.. "{\"x"u8, .. Convert.FromHexString(hex), .. "\":1}"u8];
        Assert.All(Formats, format => Assert.Equal(["not_json", "not_json"], [Decode.Reason(format, inValue), Decode.Reason(format, inName)]));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[{}]")]
    [InlineData(" null ")]
    [InlineData("42")]
    [InlineData("true")]
    [InlineData("\"\\ud83d\\ude00\"")]
    public void Other_json_is_not_an_object(string json)
    {
        Assert.All(Formats, format => Assert.Equal("not_object", Decode.Reason(format, json)));
    }

    [Fact]
    public void Nesting_is_limited_to_64()
    {
        static string Nested(int levels) => $$"""{"device_id":"d","x":{{new string('[', levels)}}{{new string(']', levels)}}}""";
        Assert.Equal("", Decode.Reason(RecordFormat.Decoded, Nested(63)));
        Assert.Equal("not_json", Decode.Reason(RecordFormat.Decoded, Nested(64)));
        Assert.Equal("not_json", Decode.Reason(RecordFormat.Decoded, new string('[', 100_000)));
    }

    [Fact]
    public void A_byte_order_mark_is_skipped_once()
    {
        Assert.Equal("", Decode.Reason(RecordFormat.Decoded, "\uFEFF {\"device_id\":\"d\"}"));
        Assert.Equal("not_json", Decode.Reason(RecordFormat.Decoded, "\uFEFF\uFEFF{\"device_id\":\"d\"}"));
        Assert.Equal("not_json", Decode.Reason(RecordFormat.Decoded, "\uFEFF"));
    }

    [Fact]
    public void Size_is_limited_in_bytes_and_checked_before_content()
    {
        const string Json = """{"device_id":"é"}""";
        var bytes = Encoding.UTF8.GetByteCount(Json);
        Assert.Equal("", Decode.Reason(RecordFormat.Decoded, Json, new DecoderOptions { MaxRecordBytes = bytes }));
        Assert.Equal("too_large", Decode.Reason(RecordFormat.Decoded, Json, new DecoderOptions { MaxRecordBytes = bytes - 1 }));
        Assert.Equal("too_large", Decode.Reason(RecordFormat.Decoded, new string(' ', (1024 * 1024) + 1)));
        Assert.Equal("not_json", Decode.Reason(RecordFormat.Decoded, new string(' ', 1024 * 1024)));
    }

    /// <summary>Each record has the named fault and every later one; taking a fault away uncovers the next.</summary>
    [Theory]
    [InlineData("not_json", """{"topic":{},"unit":"\u0000","timestamp":"x","pin":"12345678901"} x""")]
    [InlineData("not_json", """{"topic":{},"unit":"\u0000","timestamp":"x","pin":"12345678901","x":"\ud800"}""")]
    [InlineData("device_id", """{"topic":{},"unit":"\u0000","timestamp":"x","pin":"12345678901"}""")]
    [InlineData("timestamp", """{"topic":{},"unit":"\u0000","timestamp":"x","pin":"12345678901","device_id":"d\u0000"}""")]
    [InlineData("text_type", """{"unit":"\u0000","mode":"\u0000","timestamp":"2001-01-01","pin":"12345678901","device_id":"d\u0000","topic":{}}""")]
    [InlineData("text_too_long", """{"unit":"\u0000","mode":"\u0000","timestamp":"2001-01-01","pin":"12345678901","device_id":"d\u0000"}""")]
    [InlineData("nul", """{"unit":"\u0000","timestamp":"2001-01-01","device_id":"d"}""")]
    [InlineData("nul", """{"timestamp":"2001-01-01","device_id":"d\u0000"}""")]
    [InlineData("expired", """{"timestamp":"2001-01-01","device_id":"d"}""")]
    [InlineData("", """{"timestamp":"2026-11-01","device_id":"d"}""")]
    public void The_first_fault_in_the_order_of_the_checks_is_the_reason(string reason, string json)
    {
        Assert.Equal(reason, Decode.Reason(RecordFormat.Decoded, json));
    }

    [Fact]
    public void The_last_of_duplicate_keys_wins_and_escaped_names_count()
    {
        var row = Decode.Row<MeasurementRow>(
            RecordFormat.Decoded,
            """{"device_id":{},"unit":[],"device_id":"a","\u0064evice_id":"b","unit":"x","uni\u0074":null,"value":"x","value":4}""");
        Assert.Equal(("b", "", 4), (row.DeviceId, row.Unit, row.Value));
    }

    [Fact]
    public void A_name_may_be_escaped_throughout_and_as_long_as_it_likes()
    {
        static string Escaped(string name) => string.Concat(name.Select(c => $"\\u{(int)c:x4}"));
        var row = Decode.Row<MeasurementRow>(
            RecordFormat.Decoded,
            $$"""{"{{Escaped("data_point_label")}}":"a","{{Escaped("mac_address")}}":"d","{{Escaped(new string('x', 100_000))}}":1}""");
        Assert.Equal(("d", "a"), (row.DeviceId, row.ComponentType));
    }

    [Fact]
    public void Unknown_keys_are_ignored_whatever_they_hold()
    {
        var row = Decode.Row<MeasurementRow>(
            RecordFormat.Decoded,
            """{"x":{"device_id":"no","y":[1,{"value":2},"\u0000"]},"Device_Id":"no","device_id":"d","\u0000":1,"value":3,"":0,"DEVICE_ID\u005f":""}""");
        Assert.Equal(("d", 3), (row.DeviceId, row.Value));
    }

    [Fact]
    public void A_rejection_names_the_field_and_shows_a_short_excerpt()
    {
        var decoder = Decode.Decoders().Create(RecordFormat.Decoded);
        var record = Decode.Record($$"""{"device_id":"d","pin":"é{{new string('x', 5_000)}}"}""");
        Assert.False(decoder.TryDecode(record, out var decoded, out var rejection));
        Assert.Null(decoded);
        Assert.Same(record, rejection.Record);
        Assert.StartsWith("pin is longer than 10 characters: \"éxxx", rejection.Error);
        Assert.True(rejection.Error.Length <= 200, rejection.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("xx")]
    public void A_sentence_that_quotes_the_payload_is_cut_between_characters(string shift)
    {
        var record = Decode.Record($"{{\"a\":t{shift}{string.Concat(Enumerable.Repeat("😀\n", 200))}");
        Assert.False(Decode.Decoders().Create(RecordFormat.Raw).TryDecode(record, out _, out var rejection));
        Assert.Contains("😀", rejection.Error);
        ColumnRules.Check(rejection);
    }

    [Fact]
    public void Limits_that_make_no_sense_are_refused()
    {
        Assert.All(
            new DecoderOptions[]
            {
                new() { MaxRecordBytes = 0 }, new() { StringCacheEntries = 0 },
                new() { MaxClockSkew = TimeSpan.FromTicks(-1) }, new() { MaxLateness = TimeSpan.FromTicks(-1) },
            },
            options => Assert.Throws<ArgumentOutOfRangeException>(() => Decode.Decoders(options)));
    }
}
