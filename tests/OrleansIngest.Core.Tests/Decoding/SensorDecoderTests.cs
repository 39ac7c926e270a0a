using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;
using Xunit;

namespace OrleansIngest.Core.Tests.Decoding;

public class SensorDecoderTests
{
    [Theory]
    [InlineData("\"hello \\\"\\u00e9\"", "hello \"é")]
    [InlineData("\"\"", "")]
    [InlineData("{ \"t\": 20.0, \"s\":\"\\u00e9\\u0000\" }", "{ \"t\": 20.0, \"s\":\"\\u00e9\\u0000\" }")]
    [InlineData("[1, 2]", "[1, 2]")]
    [InlineData("1.50", "1.50")]
    [InlineData("true", "true")]
    [InlineData("null", null)]
    public void The_message_is_a_strings_text_or_the_json_as_it_is_written(string message, string? expected)
    {
        var row = Decode.Row<SensorRow>(RecordFormat.Sensor, $$"""{"sensor_id":"s","message":{{message}},"sensor_timestamp":1793606400.5}""");
        Assert.Equal(("s", expected, Decode.Eight + 500_000), (row.SensorId, row.Message, row.TimeMicros));
    }

    [Fact]
    public void A_missing_message_is_null_and_a_long_one_is_whole()
    {
        Assert.Null(Decode.Row<SensorRow>(RecordFormat.Sensor, """{"sensor_id":"s"}""").Message);
        var text = new string('é', 100_000);
        Assert.Equal(text + "\n", Decode.Row<SensorRow>(RecordFormat.Sensor, $$"""{"sensor_id":"s","message":"{{text}}\n"}""").Message);
    }

    [Theory]
    [InlineData("{\"sensor_id\":\"s\",\"message\":\"\\u0000\"}", "nul")]
    [InlineData("{\"sensor_id\":\"\\u0000\",\"message\":\"\"}", "nul")]
    [InlineData("{\"sensor_id\":\"s\",\"x\":\"\\u0000\"}", "")]
    [InlineData("{\"message\":\"\"}", "device_id")]
    [InlineData("{\"sensor_id\":5}", "device_id")]
    [InlineData("{\"sensor_id\":\" \"}", "device_id")]
    [InlineData("{\"sensor_id\":\"s\",\"sensor_timestamp\":\"\"}", "timestamp")]
    [InlineData("{\"sensor_id\":\"s\",\"timestamp\":\"unknown key\"}", "")]
    public void Faults_have_their_reasons(string json, string reason)
    {
        Assert.Equal(reason, Decode.Reason(RecordFormat.Sensor, json));
    }

    [Fact]
    public void The_sensor_id_keys_the_stream_and_has_at_most_255_code_points()
    {
        var id = string.Concat(Enumerable.Repeat("😀", 255));
        var decoder = Decode.Decoders().Create(RecordFormat.Sensor);
        Assert.Equal(id, Decode.Accept(decoder, Decode.Record($$"""{"sensor_id":"{{id}}"}""")).StreamKey);
        Assert.Equal("device_id", Decode.Reason(RecordFormat.Sensor, $$"""{"sensor_id":"{{id}}x"}"""));
    }
}
