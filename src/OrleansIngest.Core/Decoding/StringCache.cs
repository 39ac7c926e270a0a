using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace OrleansIngest.Core.Decoding;

/// <summary>
/// Gives the same string for the same UTF-8 bytes, as long as it is remembered. Memory is bounded: sets of
/// four entries, where a new string takes the place of another. Not safe for concurrent use.
/// </summary>
public sealed class StringCache
{
    /// <summary>Longer texts are not remembered; in bytes.</summary>
    public const int MaxLength = 64;

    private const int Ways = 4;
    private readonly Entry[] _entries;
    private readonly int _setMask;
    private int _victim;

    /// <param name="entries">How many strings to remember, rounded up to a power of two.</param>
    public StringCache(int entries)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(entries);
        var sets = (int)BitOperations.RoundUpToPowerOf2((uint)(entries + Ways - 1) / Ways);
        _entries = new Entry[sets * Ways];
        _setMask = sets - 1;
    }

    /// <summary>The string of valid UTF-8 bytes.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            return "";
        if (utf8.Length > MaxLength)
            return Encoding.UTF8.GetString(utf8);

        var hash = Hash(utf8);
        var set = _entries.AsSpan(((int)hash & _setMask) * Ways, Ways);
        var tag = (uint)(hash >> 32);
        foreach (ref var entry in set)
        {
            if (entry.Value is null)
                return Remember(ref entry, utf8, tag);
            if (entry.Tag == tag && Same(utf8, entry.Value))
                return entry.Value;
        }

        return Remember(ref set[_victim++ & (Ways - 1)], utf8, tag);
    }

    private static string Remember(ref Entry entry, ReadOnlySpan<byte> utf8, uint tag)
    {
        var value = Encoding.UTF8.GetString(utf8);
        entry = new Entry(value, tag);
        return value;
    }

    private static bool Same(ReadOnlySpan<byte> utf8, string value)
    {
        // UTF-8 has as many bytes as UTF-16 has units for ASCII, and only for ASCII.
        if (utf8.Length == value.Length)
            return Ascii.Equals(utf8, value);

        Span<char> chars = stackalloc char[MaxLength];
        return value.AsSpan().SequenceEqual(chars[..Encoding.UTF8.GetChars(utf8, chars)]);
    }

    // A collision costs a cached string, never a wrong one, so speed is all that counts here.
    private static ulong Hash(ReadOnlySpan<byte> utf8)
    {
        var hash = (ulong)utf8.Length;
        if (utf8.Length < sizeof(ulong))
        {
            var word = 0UL;
            foreach (var b in utf8)
                word = (word << 8) | b;
            return Mix(hash, word);
        }

        for (var i = 0; i < utf8.Length - sizeof(ulong); i += sizeof(ulong))
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(utf8[i..]));
        return Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(utf8[^sizeof(ulong)..]));
    }

    private static ulong Mix(ulong hash, ulong word)
    {
        var high = Math.BigMul(hash ^ word ^ 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93, out var low);
        return high ^ low;
    }

    private readonly record struct Entry(string? Value, uint Tag);
}
