using System.Text;

namespace OrleansIngest.Bench.Decoding;

/// <summary>Spoils records: the same seed spoils them in the same way.</summary>
internal sealed class RecordMutator(int seed, IReadOnlyList<byte[]> samples)
{
    private static readonly byte[][] Fragments =
    [
        .. new[]
        {
            "\\u0000", "\\ud800", "\\udc00", "\\ud83d\\ude00", "\\", "\\\\", "\\\"", "\"", "{", "}", "[", "]", ":", ",", "null",
            "true", "NaN", "1e999", "-1", "1e-400", "1793606400", "17936064001234567890123", "1.7936064e18", "1e2147483648",
            "\"0001-01-01T00:00:00Z\"", "\"2026-11-02T08:00:00+24:00\"", "{\"secs_since_epoch\":9223372036854775807}", "\"\"", "\" \"",
            "// comment\n", "/* */", "\"mac_address\":", "\"device_id\":", "\"timestamp\":null,", "é", "😀", new string('x', 300),
            new string('[', 70), string.Concat(Enumerable.Repeat("{\"a\":", 70)), "\r\n", "\0", "\u007f",
        }.Select(Encoding.UTF8.GetBytes),
        [0xEF, 0xBB, 0xBF], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
    ];

    private readonly Random _random = new(seed);

    /// <summary>A sample with one to three changes, of bits or of whole tokens.</summary>
    public byte[] Next()
    {
        var bytes = new List<byte>(samples[_random.Next(samples.Count)]);
        for (var changes = _random.Next(1, 4); changes > 0; changes--)
            Change(bytes);
        return [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        var at = _random.Next(bytes.Count + 1);
        var length = Math.Min(_random.Next(1, 12), bytes.Count - at);
        switch (_random.Next(14))
        {
            case 0 when length > 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when length > 0:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 4:
                bytes.InsertRange(_random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 5:
                bytes.InsertRange(at, Any(Fragments));
                break;
            case 6:
                var other = samples[_random.Next(samples.Count)];
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other.AsSpan(_random.Next(other.Length + 1)));
                break;
            default:
                ReplaceValue(bytes);
                break;
        }
    }

    /// <summary>Puts a fragment where a value stood: most results are still JSON, and get past the first checks.</summary>
    private void ReplaceValue(List<byte> bytes)
    {
        var colon = bytes.IndexOf((byte)':', _random.Next(bytes.Count + 1));
        if (colon < 0)
            return;
        var end = bytes.FindIndex(colon, b => b is (byte)',' or (byte)'}');
        if (end < 0)
            return;
        bytes.RemoveRange(colon + 1, end - colon - 1);
        var fragment = Any(Fragments);
        bytes.InsertRange(colon + 1, _random.Next(2) == 0 ? fragment : [(byte)'"', .. fragment, (byte)'"']);
    }

    private T Any<T>(T[] choices) => choices[_random.Next(choices.Length)];
}
