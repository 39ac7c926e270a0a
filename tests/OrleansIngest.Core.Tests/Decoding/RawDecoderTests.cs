using System.Text;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;
using Xunit;

namespace OrleansIngest.Core.Tests.Decoding;

public class RawDecoderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("\uFEFF", "")]
    [InlineData(" \r\n", "\t ")]
    [InlineData("\uFEFF ", "\n")]
    public void The_payload_is_the_objects_bytes_exactly(string before, string after)
    {
        const string Json = """{ "b":1.50, "a":"\u00e9é", "b" : 2 ,"device_id":"d"}""";
        var decoded = Decode.Accept(Decode.Decoders().Create(RecordFormat.Raw), Decode.Record(before + Json + after));
        var row = (RawRow)decoded.Row;
        Assert.Equal(Json, Encoding.UTF8.GetString(row.Payload.Span));
        Assert.Same(decoded.Source, row.Source);
        Assert.Equal(("d", "d", null, Decode.Eight), (decoded.StreamKey, row.DeviceId, row.MessageId, row.TimeMicros));
        Assert.Empty(row.Values);
    }

    [Theory]
    [InlineData("{\"voltage\":{\"phase_a\":117.27,\"unit\":\"V\"},\"temperature\":34.9,\"status\":\"normal\"}", "voltage.phase_a=117.27 temperature=34.9")]
    [InlineData("{\"protection\":{\"arc_fault_detected\":false,\"trip_count\":5},\"due\":true}", "protection.arc_fault_detected=0 protection.trip_count=5 due=1")]
    [InlineData("{\"a\":{\"b\":{\"c\":1}},\"d\":[1,{\"e\":2}],\"f\":null,\"g\":1e999,\"h\":\"3\",\"i\":{},\"j\":5}", "a.b.c=1 j=5")]
    [InlineData("{\"t\":1,\"t\":2}", "t=2")]
    [InlineData("{\"t\":1,\"u\":3,\"t\":null}", "u=3")]
    [InlineData("{\"t\":{\"a\":1,\"b\":2},\"tt\":4,\"t\":{\"c\":3}}", "tt=4 t.c=3")]
    [InlineData("{\"t\":{\"a\":1,\"b\":2},\"t\":{\"c\":3}}", "t.c=3")]
    [InlineData("{\"t\":{\"a\":1},\"t\":\"x\"}", "")]
    [InlineData("{\"p\":{\"t\":1},\"t\":2}", "p.t=1 t=2")]
    [InlineData("{\"\\u0074\":1,\"tempé\\\"rature\":2}", "t=1 tempé\"rature=2")]
    [InlineData("{}", "")]
    [InlineData("[1]", "")]
    [InlineData("7", "")]
    [InlineData("null", "")]
    public void Values_are_the_numeric_leaves_of_measurements(string measurements, string expected)
    {
        Assert.Equal(expected, string.Join(' ', Values($$"""{"device_id":"d","frequency":1,"measurements":{{measurements}}}""").Order()
            .OrderBy(v => expected.IndexOf(v, StringComparison.Ordinal))));
    }

    [Fact]
    public void A_trends_message_has_no_values()
    {
        Assert.Empty(Values("""{"device_id":"d","measurements":{"t":1},"trends":[]}"""));
        Assert.Equal(["t=1"], Values("""{"device_id":"d","measurements":{"t":1},"trends":null}"""));
    }

    [Fact]
    public void Values_are_bounded_in_number_and_in_the_length_of_their_paths()
    {
        var many = string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"v{i}\":{i}"));
        Assert.Equal(Enumerable.Range(0, 64).Select(i => $"v{i}={i}"), Values($$$"""{"device_id":"d","measurements":{{{{many}}}}}"""));

        var (name, longer) = (new string('x', 253), new string('x', 254));
        Assert.Equal(
            [$"{name}.a=1", "b=4"],
            Values($$$"""{"device_id":"d","measurements":{"{{{name}}}":{"a":1,"bc":2,"c":{"d":9}},"{{{longer}}}":{"a":3},"b":4}}"""));
    }

    [Fact]
    public void Paths_and_ids_are_the_same_strings_in_every_record()
    {
        var decoder = Decode.Decoders().Create(RecordFormat.Raw);
        RawRow Read() => (RawRow)Decode.Accept(decoder, Decode.Record("""{"device_id":"brëaker","measurements":{"voltage":{"phase_a":1}}}""")).Row;
        var (first, second) = (Read(), Read());
        Assert.Same(first.DeviceId, second.DeviceId);
        Assert.Same(first.Values[0].Path, second.Values[0].Path);
    }

    [Theory]
    [InlineData("{\"device_id\":\"d\",\"x\":\"\\u0000\"}", "nul")]
    [InlineData("{\"device_id\":\"d\",\"x\":{\"y\":[{\"a\\u0000\":1}]}}", "nul")]
    [InlineData("{\"device_id\":\"d\",\"\\u0000\":1}", "nul")]
    [InlineData("{\"device_id\":\"\\u0000\"}", "nul")]
    [InlineData("{\"device_id\":\"d\",\"x\":\"\\\\u0000\"}", "")]
    [InlineData("{\"device_id\":\"d\",\"message_id\":{},\"x\":\"\\u0000\"}", "text_type")]
    [InlineData("{\"device_id\":\"\",\"x\":\"\\u0000\"}", "device_id")]
    [InlineData("{\"device_id\":7}", "device_id")]
    [InlineData("{\"mac_address\":\"d\"}", "device_id")]
    public void Nul_is_rejected_anywhere_but_after_the_other_checks(string json, string reason)
    {
        Assert.Equal(reason, Decode.Reason(RecordFormat.Raw, json));
    }

    [Fact]
    public void Lengths_of_device_and_message_ids_are_limited()
    {
        static string Reason(int id, int message) =>
            Decode.Reason(RecordFormat.Raw, $$"""{"device_id":"{{new string('é', id)}}","message_id":"{{new string('é', message)}}"}""");
        Assert.Equal(["", "device_id", "text_too_long"], [Reason(50, 255), Reason(51, 256), Reason(50, 256)]);
    }

    [Theory]
    [InlineData("\"m-1\"", "m-1")]
    [InlineData("17", "17")]
    [InlineData("null", null)]
    public void The_message_id_is_text_or_null(string json, string? expected)
    {
        Assert.Equal(expected, Decode.Row<RawRow>(RecordFormat.Raw, $$"""{"device_id":"d","message_id":{{json}}}""").MessageId);
    }

    private static IEnumerable<string> Values(string json) =>
        Decode.Row<RawRow>(RecordFormat.Raw, json).Values.Select(v => FormattableString.Invariant($"{v.Path}={v.Value}"));
}
