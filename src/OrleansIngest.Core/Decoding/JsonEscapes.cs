using System.Buffers.Text;

namespace OrleansIngest.Core.Decoding;

/// <summary>Looks through the escapes of a string that the JSON reader has accepted for what it does not check.</summary>
internal static class JsonEscapes
{
    /// <summary>
    /// False where a <c>\u</c> escape is half a surrogate pair. <paramref name="hasNul"/> is set, never cleared,
    /// where one is U+0000.
    /// </summary>
    public static bool AreWhole(ReadOnlySpan<byte> text, ref bool hasNul)
    {
        var pendingHigh = false;
        while (true)
        {
            var next = text.IndexOf((byte)'\\');
            if (pendingHigh && next != 0)
                return false;
            if (next < 0)
                return true;

            if (text[next + 1] != 'u')
            {
                if (pendingHigh)
                    return false;
                text = text[(next + 2)..];
                continue;
            }

            var unit = CodeUnit(text.Slice(next + 2, 4));
            text = text[(next + 6)..];
            hasNul |= unit == 0;
            if (char.IsLowSurrogate(unit) != pendingHigh)
                return false;
            pendingHigh = char.IsHighSurrogate(unit);
        }
    }

    private static char CodeUnit(ReadOnlySpan<byte> hex) =>
        Utf8Parser.TryParse(hex, out ushort unit, out _, 'X') ? (char)unit : default;
}
