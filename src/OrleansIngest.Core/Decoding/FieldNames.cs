using System.Text;
using System.Text.Json;

namespace OrleansIngest.Core.Decoding;

/// <summary>The property names that a format knows. A name's position in the list is its field's index.</summary>
internal sealed class FieldNames
{
    // In JSON a character of a name takes six bytes at most: a \u escape.
    private const int BytesPerEscape = 6;

    private readonly string[] _names;
    private readonly (byte[] Name, int Index)[][] _byLength;

    public FieldNames(params string[] asciiNames)
    {
        _names = asciiNames;
        _byLength = new (byte[], int)[asciiNames.Select(n => n.Length).DefaultIfEmpty().Max() + 1][];
        for (var length = 0; length < _byLength.Length; length++)
        {
            _byLength[length] = [.. asciiNames.Index()
                .Where(n => n.Item.Length == length)
                .Select(n => (Encoding.ASCII.GetBytes(n.Item), n.Index))];
        }
    }

    public int Count => _names.Length;

    public string this[int index] => _names[index];

    /// <summary>The index of the property name that the reader stands on; -1 where the format does not know it.</summary>
    public int Find(ref Utf8JsonReader reader)
    {
        var raw = reader.ValueSpan;
        if (!reader.ValueIsEscaped)
            return Find(raw);
        if (raw.Length > BytesPerEscape * _byLength.Length)
            return -1;

        Span<byte> name = stackalloc byte[raw.Length];
        return Find(name[..reader.CopyString(name)]);
    }

    private int Find(ReadOnlySpan<byte> name)
    {
        if (name.Length < _byLength.Length)
        {
            foreach (ref readonly var known in _byLength[name.Length].AsSpan())
            {
                if (name.SequenceEqual(known.Name))
                    return known.Index;
            }
        }

        return -1;
    }
}
