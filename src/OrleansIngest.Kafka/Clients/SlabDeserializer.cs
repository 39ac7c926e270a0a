using Confluent.Kafka;

namespace OrleansIngest.Kafka.Clients;

/// <summary>
/// Copies keys and values out of the client's buffers into shared slabs, so that a record costs no array of its own.
/// Used by one thread.
/// </summary>
internal sealed class SlabDeserializer : IDeserializer<ReadOnlyMemory<byte>?>
{
    // A slab lives as long as any record in it. Larger ones are no faster, and one stuck record would hold more.
    private const int SlabBytes = 16 * 1024;
    private const int LargestShared = SlabBytes / 4;

    private byte[] _slab = [];
    private int _used;

    /// <inheritdoc />
    public ReadOnlyMemory<byte>? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        if (isNull) return null;
        if (data.Length > LargestShared) return data.ToArray();
        if (data.Length > _slab.Length - _used)
        {
            _slab = GC.AllocateUninitializedArray<byte>(SlabBytes);
            _used = 0;
        }

        var copy = _slab.AsMemory(_used, data.Length);
        data.CopyTo(copy.Span);
        _used += data.Length;
        return copy;
    }
}
