using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;
using Xunit;

namespace OrleansIngest.Core.Tests.Decoding;

public class SampleTests
{
    [Theory]
    [InlineData("decoded", RecordFormat.Decoded, 66)]
    [InlineData("raw", RecordFormat.Raw, 24)]
    [InlineData("sensor", RecordFormat.Sensor, 12)]
    [InlineData("event", RecordFormat.Event, 12)]
    public void Good_samples_decode(string name, RecordFormat format, int count)
    {
        var decoder = Decode.Decoders().Create(format);
        var lines = Lines($"{name}.ndjson");
        Assert.Equal(count, lines.Length);
        Assert.All(lines, line => Assert.Null(Decode.Accept(decoder, Decode.Record(line)).Row.Next));
    }

    [Theory]
    [InlineData("bad-decoded", RecordFormat.Decoded)]
    [InlineData("bad-raw", RecordFormat.Raw)]
    public void Bad_samples_are_rejected_for_their_reasons(string name, RecordFormat format)
    {
        var reasons = Lines($"{name}.ndjson").Select(line => Decode.Reason(format, line));
        Assert.Equal(Lines($"{name}.reasons"), reasons);
    }

    [Fact]
    public void The_last_decoded_samples_show_every_alias_and_time()
    {
        var decoder = Decode.Decoders().Create(RecordFormat.Decoded);
        var rows = Lines("decoded.ndjson")[^6..].Select(l => (MeasurementRow)Decode.Accept(decoder, Decode.Record(l, timestamp: Decode.Eight + 5)).Row)
            .Select(r => (r.DeviceId, r.TimeMicros - Decode.Eight, r.ConnectorMode, r.ComponentType, r.PinPosition, r.Value, r.Unit, r.Topic));
        Assert.Equal(
            [
                ("f2-canonical", 123_456, "sensor-mode", "sensor", "2", 21.25, "celsius", "cmnd/x"),
                ("f2-nanos", 123_456, "sensor-mode", "sensor", "7", 10, "celsius", ""),
                ("f2-offset", 500_000, "unknown", "unknown", "-1", double.NaN, "", ""),
                ("f2-notime", 5, "unknown", "unknown", "-1", double.NaN, "", ""),
                ("f2-object", 123_456, "5", "unknown", "-1", 1, "", ""),
                ("f2-frac", 500_000, "unknown", "unknown", "-1", double.NaN, "", ""),
            ],
            rows);
    }

    /// <summary>An empty line is an empty record; the newline after the last is none.</summary>
    internal static string[] Lines(string file) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Samples", file)).TrimEnd('\n').Split('\n');
}
