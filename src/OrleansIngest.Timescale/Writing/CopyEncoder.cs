using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;
using OrleansIngest.Core.Rows;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Writing;

/// <summary>Puts rows into the form of <c>COPY … FROM STDIN BINARY</c>, in a buffer that grows with them and is used again.</summary>
internal sealed class CopyEncoder : IColumnWriter, IDisposable
{
    private const int InitialCapacity = 256 * 1024;
    private const int KeptCapacity = 1024 * 1024;
    private const long PostgresEpochMicros = 946_684_800_000_000; // 2000-01-01 in microseconds since 1970
    private const byte JsonbVersion = 1;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialCapacity);
    private int _length;

    /// <summary>What was encoded since <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    /// <summary>Its length in bytes.</summary>
    public int Length => _length;

    /// <summary>Columns of the present row that are written already.</summary>
    public int Column { get; private set; }

    // Signature, flags and length of the header's extension.
    private static ReadOnlySpan<byte> Header =>
        [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public void Clear()
    {
        _length = 0;
        if (_buffer.Length > KeptCapacity)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(InitialCapacity);
        }
    }

    public void BeginCopy()
    {
        Header.CopyTo(Reserve(Header.Length));
        _length += Header.Length;
    }

    public void BeginRow(int columns)
    {
        Column = 0;
        BinaryPrimitives.WriteInt16BigEndian(Reserve(sizeof(short)), (short)columns);
        _length += sizeof(short);
    }

    public void EndCopy()
    {
        BinaryPrimitives.WriteInt16BigEndian(Reserve(sizeof(short)), -1);
        _length += sizeof(short);
    }

    public void Null()
    {
        BinaryPrimitives.WriteInt32BigEndian(Reserve(sizeof(int)), -1);
        Advance(sizeof(int));
    }

    public void Timestamp(long unixMicros)
    {
        if (unixMicros < long.MinValue + PostgresEpochMicros)
        {
            throw new RowEncodingException("22008", "timestamp out of range");
        }

        Int64(unixMicros - PostgresEpochMicros);
    }

    public void Text(string value)
    {
        var target = Reserve(sizeof(int) + (value.Length * 3));
        if (Utf8.FromUtf16(value, target[sizeof(int)..], out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            throw new RowEncodingException("22021", "text with half a surrogate pair, which UTF-8 cannot express");
        }

        BinaryPrimitives.WriteInt32BigEndian(target, written);
        Advance(sizeof(int) + written);
    }

    public void Json(ReadOnlySpan<byte> utf8)
    {
        var target = Reserve(sizeof(int) + 1 + utf8.Length);
        BinaryPrimitives.WriteInt32BigEndian(target, 1 + utf8.Length);
        target[sizeof(int)] = JsonbVersion;
        utf8.CopyTo(target[(sizeof(int) + 1)..]);
        Advance(sizeof(int) + 1 + utf8.Length);
    }

    public void Double(double value)
    {
        var target = Reserve(sizeof(int) + sizeof(double));
        BinaryPrimitives.WriteInt32BigEndian(target, sizeof(double));
        BinaryPrimitives.WriteDoubleBigEndian(target[sizeof(int)..], value);
        Advance(sizeof(int) + sizeof(double));
    }

    public void Int32(int value)
    {
        var target = Reserve(sizeof(int) + sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(target, sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(target[sizeof(int)..], value);
        Advance(sizeof(int) + sizeof(int));
    }

    public void Int64(long value)
    {
        var target = Reserve(sizeof(int) + sizeof(long));
        BinaryPrimitives.WriteInt32BigEndian(target, sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(target[sizeof(int)..], value);
        Advance(sizeof(int) + sizeof(long));
    }

    public void Uuid(Guid value)
    {
        const int size = 16;
        var target = Reserve(sizeof(int) + size);
        BinaryPrimitives.WriteInt32BigEndian(target, size);
        value.TryWriteBytes(target[sizeof(int)..], bigEndian: true, out _);
        Advance(sizeof(int) + size);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Advance(int bytes)
    {
        _length += bytes;
        Column++;
    }

    private Span<byte> Reserve(int bytes)
    {
        if (_buffer.Length - _length < bytes)
        {
            Grow(bytes);
        }

        return _buffer.AsSpan(_length);
    }

    private void Grow(int bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + bytes, checked(_buffer.Length * 2)));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
