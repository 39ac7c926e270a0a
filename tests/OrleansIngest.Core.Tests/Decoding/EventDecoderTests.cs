using System.Text;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;
using Xunit;

namespace OrleansIngest.Core.Tests.Decoding;

public class EventDecoderTests
{
    private const string Id = "3a828159-c9d2-4950-ab25-f8a1fc2e6a59";

    private static string Event(string rest) => $$"""{"event_id":"{{Id}}","event_type":"click","user_id":"u-1"{{rest}}}""";

    [Fact]
    public void An_event_belongs_to_its_topic_and_partition()
    {
        var decoder = Decode.Decoders().Create(RecordFormat.Event);
        var first = Decode.Accept(decoder, Decode.Record(Event("")));
        var row = (EventRow)first.Row;
        Assert.Equal((Guid.Parse(Id), "click", "u-1", Decode.Eight), (row.EventId, row.EventType, row.UserId, row.TimeMicros));
        Assert.Null(row.Properties);
        Assert.Equal("topic/3", first.StreamKey);
        Assert.Same(first.StreamKey, Decode.Accept(decoder, Decode.Record(Event(""))).StreamKey);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("\"\"")]
    [InlineData("\"3a828159c9d24950ab25f8a1fc2e6a59\"")]
    [InlineData("\"{3a828159-c9d2-4950-ab25-f8a1fc2e6a59}\"")]
    [InlineData("\" 3a828159-c9d2-4950-ab25-f8a1fc2e6a59\"")]
    [InlineData("\"3a828159-c9d2-4950-ab25-f8a1fc2e6a59\\u0000\"")]
    [InlineData("\"0xa28159-c9d2-4950-ab25-f8a1fc2e6a59\"")]
    public void The_identity_is_a_uuid_with_hyphens(string id)
    {
        var field = id == "missing" ? "" : $"\"event_id\":{id},";
        Assert.Equal("device_id", Decode.Reason(RecordFormat.Event, $$"""{{{field}}"event_type":"c","user_id":"u"}"""));
    }

    [Theory]
    [InlineData("\"3A828159-C9D2-4950-AB25-F8A1FC2E6A59\"")]
    [InlineData("\"\\u0033a828159-c9d2-4950-ab25-f8a1fc2e6a59\"")]
    public void Case_and_escapes_of_the_uuid_do_not_matter(string id)
    {
        Assert.Equal(Guid.Parse(Id), Decode.Row<EventRow>(RecordFormat.Event, $$"""{"event_id":{{id}},"event_type":"c","user_id":"u"}""").EventId);
    }

    [Theory]
    [InlineData(",\"time\":1793606401,\"timestamp\":1793606402", 1)]
    [InlineData(",\"timestamp\":1793606402,\"time\":1793606401", 1)]
    [InlineData(",\"timestamp\":1793606402", 2)]
    [InlineData(",\"timestamp\":1793606402,\"time\":null", 0)]
    [InlineData(",\"timestamp\":\"nonsense\",\"time\":1793606401", 1)]
    public void Time_wins_over_timestamp(string rest, int seconds)
    {
        Assert.Equal(Decode.Eight + (seconds * 1_000_000), Decode.Row<EventRow>(RecordFormat.Event, Event(rest)).TimeMicros);
    }

    [Theory]
    [InlineData("null", null)]
    [InlineData("{ \"a\":1.0 }", "{ \"a\":1.0 }")]
    [InlineData("\" {\\\"a\\\": \\\"\\\\u00e9\\\"} \"", "{\"a\": \"\\u00e9\"}")]
    [InlineData("\"{}\"", "{}")]
    public void Properties_are_an_object_or_a_string_that_holds_one(string json, string? expected)
    {
        var properties = Decode.Row<EventRow>(RecordFormat.Event, Event($",\"properties\":{json}")).Properties;
        Assert.Equal(expected, properties is { } utf8 ? Encoding.UTF8.GetString(utf8.Span) : null);
    }

    [Theory]
    [InlineData("[]", "text_type")]
    [InlineData("7", "text_type")]
    [InlineData("true", "text_type")]
    [InlineData("\"\"", "text_type")]
    [InlineData("\"text\"", "text_type")]
    [InlineData("\"[{}]\"", "text_type")]
    [InlineData("\"{} {}\"", "text_type")]
    [InlineData("\"{\\\"a\\\":\\\"\\\\ud800\\\"}\"", "text_type")]
    [InlineData("\"{\\\"a\\\":\\\"\\u0000\\\"}\"", "text_type")]
    [InlineData("\"{\\\"a\\\":\\\"\\\\u0000\\\"}\"", "nul")]
    [InlineData("{\"a\":{\"\\u0000\":1}}", "nul")]
    public void Other_properties_are_rejected(string json, string reason)
    {
        Assert.Equal(reason, Decode.Reason(RecordFormat.Event, Event($",\"properties\":{json}")));
    }

    [Theory]
    [InlineData("event_type")]
    [InlineData("user_id")]
    public void Kind_and_user_are_required_texts(string field)
    {
        string Reason(string value) => Decode.Reason(RecordFormat.Event, Event($",\"{field}\":{value}"));
        Assert.Equal(["text_type", "text_type", "text_type"], [Reason("null"), Reason("{}"), Reason("[]")]);
        Assert.Equal(["", "", ""], [Reason("7"), Reason("true"), Reason($"\"{new string('é', 255)}\"")]);
        Assert.Equal(["text_too_long", "nul"], [Reason($"\"{new string('é', 256)}\""), Reason("\"\\u0000\"")]);
        Assert.Equal("text_type", Decode.Reason(RecordFormat.Event, Event("").Replace(field, "other")));
        Assert.Equal("42", field == "user_id"
            ? Decode.Row<EventRow>(RecordFormat.Event, Event(",\"user_id\":42")).UserId
            : Decode.Row<EventRow>(RecordFormat.Event, Event(",\"event_type\":42")).EventType);
    }

    [Fact]
    public void Nul_in_an_unknown_key_is_not_stored_and_does_not_matter()
    {
        Assert.Equal("", Decode.Reason(RecordFormat.Event, Event(",\"x\":\"\\u0000\"")));
    }
}
