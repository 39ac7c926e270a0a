using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text.Json;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Core.Decoding;

/// <summary>
/// The format <c>event</c>. Its identity is <c>event_id</c>, a UUID with hyphens; <c>time</c> wins over
/// <c>timestamp</c> where it is present, even as null. The event's kind and user must be there, for their columns are
/// NOT NULL; a properties string must hold an object, which is stored as if it had been sent as one.
/// </summary>
internal sealed class EventDecoder(DecoderOptions options, TimeProvider clock)
    : JsonDecoder(options, clock, Tables.Events, Names)
{
    private const int EventId = 0;
    private const int EventType = 1;
    private const int UserId = 2;
    private const int Time = 3;
    private const int Timestamp = 4;
    private const int Properties = 5;
    private const int MaxText = 255;

    private static readonly FieldNames Names = new("event_id", "event_type", "user_id", "time", "timestamp", "properties");
    private static readonly FieldNames NoNames = new();

    private readonly ConditionalWeakTable<RecordSource, string> _streamKeys = [];

    protected override DecodedRecord Decode(in Input input, ref RecordFields fields)
    {
        var row = new EventRow
        {
            EventId = ReadId(input, ref fields),
            TimeMicros = fields.Time(fields.Either(Time, Timestamp), input.Record, input.Limits),
            EventType = fields.RequiredText(EventType, MaxText),
            UserId = fields.RequiredText(UserId, MaxText),
            Properties = ReadProperties(input, ref fields),
        };
        var streamKey = _streamKeys.GetValue(input.Record.Source, static s => $"{s.Topic}/{s.Partition}");
        return new DecodedRecord(input.Record, streamKey, row.TimeMicros, row);
    }

    private static Guid ReadId(in Input input, ref RecordFields fields)
    {
        ref readonly var field = ref fields[EventId];
        if (field.Type == JsonTokenType.String)
        {
            var text = input.Strings.Utf8(fields.Json, field);
            if (Utf8Parser.TryParse(text, out Guid id, out var used, 'D') && used == text.Length)
                return id;
        }

        fields.Fail(RejectReason.DeviceId, field.IsPresent
            ? $"event_id is not a UUID: {fields.Excerpt(EventId)}"
            : "event_id is missing.");
        return default;
    }

    private static ReadOnlyMemory<byte>? ReadProperties(in Input input, ref RecordFields fields)
    {
        ref readonly var field = ref fields[Properties];
        switch (field.Type)
        {
            case JsonTokenType.None or JsonTokenType.Null:
                return null;

            case JsonTokenType.StartObject:
                fields.FailOnNul(Properties);
                return input.Json.Slice(field.Start, field.Length);

            case JsonTokenType.String:
                var text = JsonStrings.OwnUtf8(fields.Json, field);
                var scanned = RecordScanner.Scan(text, NoNames, []);
                if (scanned.Kind != ScannedKind.Object)
                    break;
                if (scanned.HasNul)
                    fields.Fail(RejectReason.Nul, $"properties holds U+0000: {fields.Excerpt(Properties)}");
                return text.AsMemory(scanned.Start, scanned.Length);
        }

        fields.Fail(RejectReason.TextType, $"properties is neither an object nor a string that holds one: {fields.Excerpt(Properties)}");
        return null;
    }
}
