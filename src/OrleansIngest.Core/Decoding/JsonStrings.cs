using System.Text;
using System.Text.Json;

namespace OrleansIngest.Core.Decoding;

/// <summary>Takes text out of a record that was scanned before. One a decoder: it holds the decoder's memory.</summary>
internal sealed class JsonStrings(int cacheEntries)
{
    private readonly StringCache _cache = new(cacheEntries);
    private byte[] _scratch = new byte[512];

    /// <summary>A string without its escapes, a number or boolean as it is written. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Utf8(ReadOnlySpan<byte> json, in JsonField field)
    {
        if (!field.Escaped)
            return field.In(json);

        // Unescaped text is never longer, and a record's length bounds the scratch.
        if (_scratch.Length < field.Length)
            _scratch = new byte[field.Length];
        return _scratch.AsSpan(0, Unescape(json, field, _scratch));
    }

    /// <summary>The same in memory of its own.</summary>
    public static byte[] OwnUtf8(ReadOnlySpan<byte> json, in JsonField field)
    {
        if (!field.Escaped)
            return field.In(json).ToArray();

        var text = new byte[field.Length];
        return text[..Unescape(json, field, text)];
    }

    /// <summary>A text that other records are likely to repeat.</summary>
    public string Cached(ReadOnlySpan<byte> utf8) => _cache.Get(utf8);

    /// <summary>A text that stands for itself.</summary>
    public string Once(ReadOnlySpan<byte> json, in JsonField field) => Encoding.UTF8.GetString(Utf8(json, field));

    private static int Unescape(ReadOnlySpan<byte> json, in JsonField field, Span<byte> text)
    {
        var reader = new Utf8JsonReader(field.WrittenIn(json));
        reader.Read();
        return reader.CopyString(text);
    }
}
