using System.Globalization;
using System.Text.Json;

namespace OrleansIngest.Core.Decoding;

/// <summary>What producers send as a measured value.</summary>
internal static class ValueReader
{
    /// <summary>
    /// A number, a numeric string with or without white space around it, or a boolean as 1 or 0. NaN, which is
    /// stored as null, where the value is absent or null and where it is anything else or not finite; only then
    /// <paramref name="unreadable"/>.
    /// </summary>
    public static double Read(ReadOnlySpan<byte> json, in JsonField field, JsonStrings strings, out bool unreadable)
    {
        unreadable = false;
        switch (field.Type)
        {
            case JsonTokenType.None or JsonTokenType.Null:
                return double.NaN;
            case JsonTokenType.True:
                return 1;
            case JsonTokenType.False:
                return 0;
            // The number parser ignores U+0000 after a number; a text that has it is none.
            case JsonTokenType.Number or JsonTokenType.String when !field.HasNul
                && double.TryParse(strings.Utf8(json, field), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && double.IsFinite(value):
                return value;
            default:
                unreadable = true;
                return double.NaN;
        }
    }
}
