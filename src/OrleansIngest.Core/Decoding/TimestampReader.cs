using System.Buffers.Text;
using System.Text.Json;

namespace OrleansIngest.Core.Decoding;

/// <summary>Every form of a timestamp that producers send, as microseconds since 1970, truncated.</summary>
internal static class TimestampReader
{
    private const int NanosPerSecond = 1_000_000_000;

    /// <summary>Times before 2000-01-01 belong to devices without a clock.</summary>
    public const long EarliestMicros = 946_684_800_000_000;

    /// <summary>Reads a value that is neither missing nor null; false where it is no time at all.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, in JsonField field, JsonStrings strings, out long micros)
    {
        switch (field.Type)
        {
            case JsonTokenType.String:
                return TryReadText(strings.Utf8(json, field).Trim(" \t\r\n"u8), out micros);
            case JsonTokenType.Number:
                return EpochTimestamp.TryRead(field.In(json), out micros);
            case JsonTokenType.StartObject:
                return TryReadObject(field.In(json), out micros);
            default:
                micros = 0;
                return false;
        }
    }

    private static bool TryReadText(ReadOnlySpan<byte> text, out long micros) =>
        text.Length > 4 && text[4] == '-'
            ? IsoTimestamp.TryRead(text, out micros)
            : EpochTimestamp.TryRead(text, out micros);

    /// <summary>A SystemTime of Rust; nanoseconds that are missing are zero.</summary>
    private static bool TryReadObject(ReadOnlySpan<byte> json, out long micros)
    {
        long? seconds = null;
        long? nanos = 0;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isSeconds = reader.ValueTextEquals("secs_since_epoch"u8);
            var isNanos = reader.ValueTextEquals("nanos_since_epoch"u8);
            reader.Read();
            if (isSeconds)
                seconds = Integer(ref reader);
            else if (isNanos)
                nanos = Integer(ref reader);
            reader.Skip();
        }

        micros = 0;
        if (seconds is not (>= 0 and <= long.MaxValue / 2_000_000) || nanos is not (>= 0 and < NanosPerSecond))
            return false;
        micros = (seconds.Value * 1_000_000) + (nanos.Value / 1_000);
        return true;
    }

    private static long? Integer(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number
        && Utf8Parser.TryParse(reader.ValueSpan, out long number, out var used) && used == reader.ValueSpan.Length
            ? number
            : null;
}
