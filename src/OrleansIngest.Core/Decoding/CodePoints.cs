namespace OrleansIngest.Core.Decoding;

/// <summary>Lengths as PostgreSQL counts them: characters, not bytes or UTF-16 units.</summary>
internal static class CodePoints
{
    /// <summary>Whether valid UTF-8 has more than <paramref name="max"/> code points.</summary>
    public static bool Exceed(ReadOnlySpan<byte> utf8, int max)
    {
        if (utf8.Length <= max)
            return false;

        var count = 0;
        foreach (var b in utf8)
        {
            if ((b & 0b1100_0000) != 0b1000_0000 && ++count > max)
                return true;
        }

        return false;
    }
}
