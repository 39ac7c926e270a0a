using Orleans.Runtime;
using Orleans.Streams;
using OrleansIngest.Core.Records;
using OrleansIngest.Streaming.Kafka;
using OrleansIngest.Streaming.Kafka.Caching;

namespace OrleansIngest.Orleans.Tests.Streaming.Caching;

/// <summary>A cache of one partition, and what it has said to be done.</summary>
internal sealed class CacheRig : IContainerOwner
{
    /// <summary>What each record counts as.</summary>
    public const int RecordBytes = SourceRecord.Overhead + ValueBytes;

    private const int ValueBytes = 100;

    private readonly RecordSource _source = new("cluster", "topic", 3, 0, 0);
    private readonly ReadOnlyMemory<byte> _value = new byte[ValueBytes];

    public CacheRig(int maxRecords = 1, long rewindBytes = 0) =>
        Cache = new StreamQueueCache(new DeliveryLimits(maxRecords, long.MaxValue), rewindBytes, s => ForeignTokens.Add(s));

    public SiloAddress? Silo => null;

    public StreamQueueCache Cache { get; }

    /// <summary>Offsets in the order in which they were said to be done.</summary>
    public List<long> DoneOffsets { get; } = [];

    public List<StreamId> ForeignTokens { get; } = [];

    public static StreamId Stream(object key) => StreamId.Create("ns", key.ToString()!);

    public static long[] Offsets(IBatchContainer container) => [.. container.GetEvents<long>().Select(e => e.Item1)];

    public KafkaSequenceToken Token(long offset, int partition = 3, int index = 0) => new("topic", partition, 0, offset, index);

    /// <summary>Reads records of one stream, as one container.</summary>
    public KafkaBatchContainer Read(object stream, params long[] offsets)
    {
        var container = new KafkaBatchContainer(Stream(stream), _source) { Owner = this };
        foreach (var offset in offsets)
        {
            container.Add(new SourceRecord { Source = _source, Offset = offset, TimestampMicros = 0, Value = _value }, offset);
        }

        Cache.AddToCache([container]);
        return container;
    }

    public IQueueCacheCursor Cursor(object stream, KafkaSequenceToken? token = null) => Cache.GetCacheCursor(Stream(stream), token!);

    /// <summary>Hands out the next container as a pulling agent does; null at the end.</summary>
    public static IBatchContainer? Next(IQueueCacheCursor cursor) => cursor.MoveNext() ? cursor.GetCurrent(out _) : null;

    /// <summary>Delivers everything there is.</summary>
    public static List<long> Drain(IQueueCacheCursor cursor)
    {
        var offsets = new List<long>();
        while (Next(cursor) is { } container) offsets.AddRange(Offsets(container));
        return offsets;
    }

    public bool Purge() => Cache.TryPurgeFromCache(out _);

    public void Done(KafkaBatchContainer container) => DoneOffsets.AddRange(container.Records.Select(r => r.Offset));

    public void Absorbed(KafkaBatchContainer container)
    {
    }
}
