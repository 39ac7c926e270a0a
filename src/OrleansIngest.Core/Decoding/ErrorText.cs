using System.Text;

namespace OrleansIngest.Core.Decoding;

/// <summary>Keeps what a rejection says short and on one line, whatever the payload holds.</summary>
internal static class ErrorText
{
    private const int MaxLength = 200;
    private const int MaxExcerptBytes = 60;

    /// <summary>The beginning of valid UTF-8.</summary>
    public static string Excerpt(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length <= MaxExcerptBytes)
            return OneLine(Encoding.UTF8.GetString(utf8));

        var end = MaxExcerptBytes;
        while ((utf8[end] & 0b1100_0000) == 0b1000_0000)
            end--;
        return OneLine(Encoding.UTF8.GetString(utf8[..end])) + "…";
    }

    /// <summary>A sentence of someone else, cut where it is too long.</summary>
    public static string Bounded(string sentence)
    {
        if (sentence.Length > MaxLength)
        {
            var end = char.IsLowSurrogate(sentence[MaxLength - 1]) ? MaxLength - 2 : MaxLength - 1;
            sentence = sentence[..end] + "…";
        }

        return OneLine(sentence);
    }

    private static string OneLine(string text) => string.Create(text.Length, text, static (line, from) =>
    {
        for (var i = 0; i < line.Length; i++)
            line[i] = char.IsControl(from[i]) ? ' ' : from[i];
    });
}
