using System.Text.Json;
using System.Text.Unicode;

namespace OrleansIngest.Core.Decoding;

/// <summary>What one pass over a record's bytes found.</summary>
/// <param name="Kind">What they are.</param>
/// <param name="Start">First byte of the object, after white space.</param>
/// <param name="Length">The object's bytes.</param>
/// <param name="HasNul">U+0000 is somewhere in it, be it in a name.</param>
/// <param name="Fault">A sentence that says why they are no object; empty for an object.</param>
internal readonly record struct ScannedRecord(ScannedKind Kind, int Start, int Length, bool HasNul, string Fault);

/// <summary>What bytes turned out to be.</summary>
internal enum ScannedKind
{
    Object,
    OtherJson,
    NotJson,
}

/// <summary>
/// One pass over a record: every byte is checked to be JSON, and the fields that the format knows are noted, not
/// read, so that a fault at the end of the bytes is found before a fault of a field. Of duplicate keys the last is noted.
/// </summary>
internal static class RecordScanner
{
    // The reader's own default of today, named because deeper nesting is a documented rejection.
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 64 };

    /// <summary>Never throws.</summary>
    public static ScannedRecord Scan(ReadOnlySpan<byte> json, FieldNames names, Span<JsonField> fields)
    {
        if (json.IsEmpty)
            return NotJson("The value is empty.");
        if (!Utf8.IsValid(json))
            return NotJson("The value is not UTF-8.");

        var reader = new Utf8JsonReader(json, ReaderOptions);
        try
        {
            return ScanTokens(ref reader, names, fields);
        }
        catch (JsonException e)
        {
            return NotJson($"The value is not JSON: {e.Message}");
        }
    }

    private static ScannedRecord ScanTokens(ref Utf8JsonReader reader, FieldNames names, Span<JsonField> fields)
    {
        var hasNul = false;
        reader.Read();
        var root = reader.TokenType;
        if (root != JsonTokenType.StartObject)
        {
            return ReadValue(ref reader, ref hasNul) && !reader.Read()
                ? new ScannedRecord(ScannedKind.OtherJson, 0, 0, hasNul, $"The value is {Name(root)}, not an object.")
                : LoneSurrogate(ref reader);
        }

        var start = (int)reader.TokenStartIndex;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueIsEscaped && !JsonEscapes.AreWhole(reader.ValueSpan, ref hasNul))
                return LoneSurrogate(ref reader);

            var field = names.Find(ref reader);
            reader.Read();
            var type = reader.TokenType;
            var escaped = reader.ValueIsEscaped;
            var begin = (int)reader.TokenStartIndex;
            var valueHasNul = false;
            if (!ReadValue(ref reader, ref valueHasNul))
                return LoneSurrogate(ref reader);

            hasNul |= valueHasNul;
            if (field >= 0)
            {
                var quotes = type == JsonTokenType.String ? 1 : 0;
                var length = (int)reader.BytesConsumed - begin - (2 * quotes);
                fields[field] = new JsonField(type, begin + quotes, length, escaped, valueHasNul);
            }
        }

        var end = (int)reader.BytesConsumed;
        reader.Read(); // Throws where bytes follow.
        return new ScannedRecord(ScannedKind.Object, start, end - start, hasNul, "");
    }

    /// <summary>Reads to the last token of the value that the reader stands on; false at half a surrogate pair.</summary>
    private static bool ReadValue(ref Utf8JsonReader reader, ref bool hasNul)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            return !reader.ValueIsEscaped || JsonEscapes.AreWhole(reader.ValueSpan, ref hasNul);

        var depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.ValueIsEscaped && !JsonEscapes.AreWhole(reader.ValueSpan, ref hasNul))
                return false;
        }

        return true;
    }

    private static ScannedRecord LoneSurrogate(ref Utf8JsonReader reader) =>
        NotJson($"The value is not JSON: half a surrogate pair in the string at byte {reader.TokenStartIndex}.");

    private static ScannedRecord NotJson(string fault) => new(ScannedKind.NotJson, 0, 0, false, fault);

    private static string Name(JsonTokenType type) => type switch
    {
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        _ => "a boolean",
    };
}
