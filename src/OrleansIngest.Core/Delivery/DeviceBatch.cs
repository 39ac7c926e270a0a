using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Delivery;

/// <summary>One device's records of one poll of one partition, in offset order: the unit of delivery.</summary>
public sealed class DeviceBatch(string streamKey, RecordSource source, RecordFormat format)
{
    /// <summary>The device or sensor id; for events <c>topic/partition</c>.</summary>
    public string StreamKey { get; } = streamKey;

    /// <summary>Where the records come from.</summary>
    public RecordSource Source { get; } = source;

    /// <summary>The format of the records. Events have no twin.</summary>
    public RecordFormat Format { get; } = format;

    /// <summary>The records, at least one once it is handed on.</summary>
    public List<DecodedRecord> Records { get; } = new(4);

    /// <summary>Place among the batches in flight of its partition.</summary>
    internal LinkedListNode<DeviceBatch>? InFlight { get; set; }
}
