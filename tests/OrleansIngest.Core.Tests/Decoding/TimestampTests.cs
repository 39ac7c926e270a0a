using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;
using Xunit;

namespace OrleansIngest.Core.Tests.Decoding;

public class TimestampTests
{
    private static readonly DecoderOptions AnyAge = new() { MaxLateness = TimeSpan.FromDays(36_500) };

    [Theory]
    [InlineData("\"2026-11-02T08:00:00Z\"", 0)]
    [InlineData("\"2026-11-02T08:00:00.000001Z\"", 1)]
    [InlineData("\"2026-11-02t08:00:00.1234569z\"", 123_456)]
    [InlineData("\"2026-11-02T08:00:00,5Z\"", 500_000)]
    [InlineData("\"2026-11-02T08:00:00\"", 0)]
    [InlineData("\"2026-11-02 08:00:00.25\"", 250_000)]
    [InlineData("\"2026-11-02T08:00\"", 0)]
    [InlineData("\"2026-11-02T08:00+00\"", 0)]
    [InlineData("\"2026-11-02 10:00:00+02:00\"", 0)]
    [InlineData("\"2026-11-02T10:00:00.5+0200\"", 500_000)]
    [InlineData("\"2026-11-02T02:30:00-05:30\"", 0)]
    [InlineData("\"2026-11-01T20:00:00-12\"", 0)]
    [InlineData("\"2026-11-02T07:59:60Z\"", 0)]
    [InlineData("\" 2026-11-02T08:00:00\\u005a \"", 0)]
    [InlineData("\"2026-11-02\"", -28_800_000_000)]
    [InlineData("\"2024-02-29T00:00:00Z\"", -84_441_600_000_000)]
    [InlineData("1793606400", 0)]
    [InlineData("1793606400.000001", 1)]
    [InlineData("1793606400.1234569", 123_456)]
    [InlineData("1793606400123", 123_000)]
    [InlineData("1793606400123.4567", 123_456)]
    [InlineData("1793606400123456", 123_456)]
    [InlineData("1793606400123456.9", 123_456)]
    [InlineData("1793606400123456789", 123_456)]
    [InlineData("1793606400123456789.5", 123_456)]
    [InlineData("1.7936064e9", 0)]
    [InlineData("1.793606400123456789E+18", 123_456)]
    [InlineData("17936064001234569e-7", 123_456)]
    [InlineData("\"1793606400\"", 0)]
    [InlineData("\" 1793606400.5 \"", 500_000)]
    [InlineData("\"01793606400123\"", 123_000)]
    [InlineData("\"1793606400.\"", 0)]
    [InlineData("{\"secs_since_epoch\":1793606400,\"nanos_since_epoch\":123456789}", 123_456)]
    [InlineData("{\"nanos_since_epoch\":999999999,\"x\":{\"secs_since_epoch\":1},\"\\u0073ecs_since_epoch\":1793606400}", 999_999)]
    [InlineData("{\"secs_since_epoch\":1793606400}", 0)]
    [InlineData("{\"secs_since_epoch\":1,\"nanos_since_epoch\":\"x\",\"secs_since_epoch\":1793606400,\"nanos_since_epoch\":0}", 0)]
    public void Every_form_is_read_to_the_microsecond(string timestamp, long afterEight)
    {
        var row = Decode.Row<MeasurementRow>(RecordFormat.Decoded, $$"""{"device_id":"d","timestamp":{{timestamp}}}""", AnyAge, timestamp: -1);
        Assert.Equal(afterEight, row.TimeMicros - Decode.Eight);
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"yesterday\"")]
    [InlineData("\"2026-13-02T08:00:00Z\"")]
    [InlineData("\"2026-02-29T08:00:00Z\"")]
    [InlineData("\"2026-11-00\"")]
    [InlineData("\"0000-11-01\"")]
    [InlineData("\"2026-11-02T24:00:00Z\"")]
    [InlineData("\"2026-11-02T08:60:00Z\"")]
    [InlineData("\"2026-11-02T08:00:61Z\"")]
    [InlineData("\"2026-11-02T08:00:00.Z\"")]
    [InlineData("\"2026-11-02T08:00:00+24:00\"")]
    [InlineData("\"2026-11-02T08:00:00+2:00\"")]
    [InlineData("\"2026-11-02T08:00:00+02:\"")]
    [InlineData("\"2026-11-02T08:00:00+02:60\"")]
    [InlineData("\"2026-11-02T08:00:00ZZ\"")]
    [InlineData("\"2026-11-02T08:00:00 UTC\"")]
    [InlineData("\"2026-11-02T08\"")]
    [InlineData("\"2026-11-02T\"")]
    [InlineData("\"2026-11-2\"")]
    [InlineData("\"2026-1１-02\"")]
    [InlineData("\"1793606400x\"")]
    [InlineData("\"1793606400\\u0000\"")]
    [InlineData("\"17936_06400\"")]
    [InlineData("\".5\"")]
    [InlineData("\".1793606400e10\"")]
    [InlineData("\"1e\"")]
    [InlineData("\"1.7936064e9x\"")]
    [InlineData("\"1e99999999999\"")]
    [InlineData("\"NaN\"")]
    [InlineData("-1793606400")]
    [InlineData("1793606400e2147483647")]
    [InlineData("179360640012345678901")]
    [InlineData("true")]
    [InlineData("[1793606400]")]
    [InlineData("{}")]
    [InlineData("{\"secs_since_epoch\":null}")]
    [InlineData("{\"secs_since_epoch\":-1}")]
    [InlineData("{\"secs_since_epoch\":1793606400.5}")]
    [InlineData("{\"secs_since_epoch\":9223372036854775807}")]
    [InlineData("{\"secs_since_epoch\":1793606400,\"nanos_since_epoch\":1000000000}")]
    [InlineData("{\"secs_since_epoch\":1793606400,\"nanos_since_epoch\":-1}")]
    [InlineData("{\"secs_since_epoch\":\"1793606400\"}")]
    [InlineData("{\"x\":{\"secs_since_epoch\":1793606400}}")]
    public void What_is_no_time_is_rejected(string timestamp)
    {
        Assert.Equal("timestamp", Decode.Reason(RecordFormat.Decoded, $$"""{"device_id":"d","timestamp":{{timestamp}}}""", AnyAge));
    }

    [Theory]
    [InlineData("\"2000-01-01T00:00:00Z\"", "")]
    [InlineData("\"1999-12-31T23:59:59.999999Z\"", "timestamp")]
    [InlineData("\"2000-01-01T00:00:00+00:01\"", "timestamp")]
    [InlineData("\"0001-01-01T00:00:00+23:59\"", "timestamp")]
    [InlineData("946684800", "")]
    [InlineData("946684799.999999", "timestamp")]
    [InlineData("0", "timestamp")]
    [InlineData("0.0e5", "timestamp")]
    [InlineData("1e-2147483648", "timestamp")]
    [InlineData("\"2026-11-03T12:00:00Z\"", "")]
    [InlineData("\"2026-11-03T12:00:00.000001Z\"", "timestamp")]
    [InlineData("1793707200000001000", "timestamp")]
    [InlineData("99999999999", "timestamp")]
    [InlineData("\"9999-12-31T23:59:59-23:59\"", "timestamp")]
    public void Times_before_2000_and_beyond_the_skew_are_rejected(string timestamp, string reason)
    {
        Assert.Equal(reason, Decode.Reason(RecordFormat.Decoded, $$"""{"device_id":"d","timestamp":{{timestamp}}}""", AnyAge));
    }

    [Theory]
    [InlineData("{\"device_id\":\"d\"}")]
    [InlineData("{\"device_id\":\"d\",\"timestamp\":null}")]
    public void A_missing_time_is_the_kafka_timestamp_under_the_same_rules(string json)
    {
        Assert.Equal(Decode.Eight + 7, Decode.Row<MeasurementRow>(RecordFormat.Decoded, json, timestamp: Decode.Eight + 7).TimeMicros);
        Assert.Equal("timestamp", Decode.Reason(RecordFormat.Decoded, json, timestamp: -1));
        Assert.Equal("timestamp", Decode.Reason(RecordFormat.Decoded, json, timestamp: 0));
        Assert.Equal("timestamp", Decode.Reason(RecordFormat.Decoded, json, timestamp: Decode.Eight + 100_800_000_001));
        Assert.Equal("expired", Decode.Reason(RecordFormat.Decoded, json, timestamp: Decode.Eight - 91 * 86_400_000_000));
    }

    [Theory]
    [InlineData(RecordFormat.Decoded, "2026-08-04T12:00:00", "2026-08-04T11:59:59.999999")]
    [InlineData(RecordFormat.Raw, "2026-10-03T12:00:00", "2026-10-03T11:59:59.999999")]
    public void Records_older_than_their_table_keeps_rows_are_expired(RecordFormat format, string kept, string expired)
    {
        Assert.Equal("", Decode.Reason(format, $$"""{"device_id":"d","timestamp":"{{kept}}"}"""));
        Assert.Equal("expired", Decode.Reason(format, $$"""{"device_id":"d","timestamp":"{{expired}}"}"""));
    }

    [Fact]
    public void Tables_that_keep_for_ever_take_any_age_unless_lateness_is_limited()
    {
        const string Json = """{"sensor_id":"s","sensor_timestamp":"2000-01-01"}""";
        Assert.Equal("", Decode.Reason(RecordFormat.Sensor, Json));
        Assert.Equal("expired", Decode.Reason(RecordFormat.Sensor, Json, new DecoderOptions { MaxLateness = TimeSpan.FromHours(1) }));
        Assert.Equal("", Decode.Reason(RecordFormat.Sensor, Json, new DecoderOptions { MaxLateness = TimeSpan.MaxValue, MaxClockSkew = TimeSpan.MaxValue }));
    }
}
