using System.Text.Json;

namespace OrleansIngest.Core.Decoding;

/// <summary>Where the value of a property stands in a record's JSON. The default is a property that is absent.</summary>
/// <param name="Type">The value's first token.</param>
/// <param name="Start">Its first byte; of a string, the byte after the quote.</param>
/// <param name="Length">Its bytes; of a string, without the quotes.</param>
/// <param name="Escaped">A string with escapes.</param>
/// <param name="HasNul">U+0000 is somewhere in it.</param>
internal readonly record struct JsonField(JsonTokenType Type, int Start, int Length, bool Escaped, bool HasNul)
{
    /// <summary>The property is there, be it null.</summary>
    public bool IsPresent => Type != JsonTokenType.None;

    /// <summary>The property is absent or null.</summary>
    public bool IsNull => Type is JsonTokenType.None or JsonTokenType.Null;

    /// <summary>An object or an array.</summary>
    public bool IsContainer => Type is JsonTokenType.StartObject or JsonTokenType.StartArray;

    /// <summary>The value's bytes; of a string, what stands between the quotes.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> json) => json.Slice(Start, Length);

    /// <summary>The value as it is written; of a string, with its quotes.</summary>
    public ReadOnlySpan<byte> WrittenIn(ReadOnlySpan<byte> json) =>
        Type == JsonTokenType.String ? json.Slice(Start - 1, Length + 2) : In(json);
}
