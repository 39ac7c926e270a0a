using System.Text.Json;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Core.Decoding;

/// <summary>
/// The numbers in a JSON object by their path, names joined by dots: <c>voltage.phase_a</c>. Booleans are 1 and 0.
/// Strings, nulls, arrays and numbers beyond a double are left out, and so are paths of more than
/// <see cref="MaxPathBytes"/> and all values after the first <see cref="MaxValues"/>: the payload has them still.
/// Of duplicate keys the last wins, with all that is under it; a dot in a name counts as nesting.
/// </summary>
internal sealed class NumericLeaves
{
    private const int MaxValues = 64;
    private const int MaxPathBytes = 255;

    private readonly byte[] _path = new byte[MaxPathBytes];
    private readonly byte[] _paths = new byte[MaxValues * MaxPathBytes];
    private readonly int[] _lengths = new int[MaxValues];
    private readonly double[] _values = new double[MaxValues];
    private int _count;

    /// <summary>Reads an object that was scanned before.</summary>
    public NamedValue[] Read(ReadOnlySpan<byte> json, JsonStrings strings)
    {
        _count = 0;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        ReadObject(ref reader, 0);
        if (_count == 0)
            return [];

        var named = new NamedValue[_count];
        for (var i = 0; i < named.Length; i++)
            named[i] = new NamedValue(strings.Cached(PathOf(i)), _values[i]);
        return named;
    }

    // The recursion is as deep as the scanner lets JSON nest.
    private void ReadObject(ref Utf8JsonReader reader, int parentLength)
    {
        var first = _count;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryAppendName(ref reader, parentLength, out var length))
            {
                reader.Skip();
                continue;
            }

            Forget(_path.AsSpan(0, length), first);
            reader.Read();
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    ReadObject(ref reader, length);
                    break;
                case JsonTokenType.StartArray:
                    reader.Skip();
                    break;
                case JsonTokenType.True:
                    Add(_path.AsSpan(0, length), 1);
                    break;
                case JsonTokenType.False:
                    Add(_path.AsSpan(0, length), 0);
                    break;
                case JsonTokenType.Number when reader.TryGetDouble(out var value) && double.IsFinite(value):
                    Add(_path.AsSpan(0, length), value);
                    break;
            }
        }
    }

    private bool TryAppendName(ref Utf8JsonReader reader, int parentLength, out int length)
    {
        var start = parentLength == 0 ? 0 : parentLength + 1;
        length = start + reader.ValueSpan.Length;
        if (length > MaxPathBytes)
            return false;

        if (start > 0)
            _path[parentLength] = (byte)'.';
        length = start + reader.CopyString(_path.AsSpan(start));
        return true;
    }

    private void Add(ReadOnlySpan<byte> path, double value)
    {
        if (_count == MaxValues)
            return;
        path.CopyTo(_paths.AsSpan(_count * MaxPathBytes));
        _lengths[_count] = path.Length;
        _values[_count++] = value;
    }

    /// <summary>Drops what an earlier property of the same path has given.</summary>
    private void Forget(ReadOnlySpan<byte> path, int first)
    {
        for (var i = first; i < _count; i++)
        {
            var other = PathOf(i);
            if (!other.StartsWith(path) || (other.Length > path.Length && other[path.Length] != '.'))
                continue;

            _count--;
            PathOf(_count).CopyTo(_paths.AsSpan(i * MaxPathBytes));
            _lengths[i] = _lengths[_count];
            _values[i--] = _values[_count];
        }
    }

    private ReadOnlySpan<byte> PathOf(int i) => _paths.AsSpan(i * MaxPathBytes, _lengths[i]);
}
