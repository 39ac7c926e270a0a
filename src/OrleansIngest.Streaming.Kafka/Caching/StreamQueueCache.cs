using Orleans.Runtime;
using Orleans.Streams;

namespace OrleansIngest.Streaming.Kafka.Caching;

/// <summary>
/// What one queue has read and its subscribers do not have yet: a list for each stream, so that a slow stream holds up
/// itself alone and a cursor costs the same however much there is. What is done is told at once, container by container,
/// and never through purging: an agent that stops, or forgets a quiet stream, can acknowledge nothing by that. It needs no
/// bound of its own, since reading pauses by the bytes that are not done.
/// </summary>
/// <param name="limits">What may be delivered at once.</param>
/// <param name="rewindBytes">Bytes that are kept after they are done; 0 where streams do not rewind.</param>
/// <param name="foreignToken">Told of a stream for which the token of another partition's log was asked for.</param>
internal sealed class StreamQueueCache(DeliveryLimits limits, long rewindBytes, Action<StreamId> foreignToken) : IQueueCache
{
    // An agent hands out all containers of a read within one turn.
    private const int ContainersPerRead = 1_000;

    private readonly Dictionary<StreamId, CachedStream> _streams = [];
    private readonly List<CachedStream> _toRelease = [];
    private readonly Queue<(CachedStream Stream, long Bytes)> _kept = new();
    private long _keptBytes;
    private long? _start;

    /// <summary>What may be delivered at once.</summary>
    public DeliveryLimits Limits { get; } = limits;

    /// <summary>Whether tokens are heeded and done containers kept.</summary>
    public bool IsRewindable => rewindBytes > 0;

    /// <summary>The offset before the first that was read here.</summary>
    public long Start => _start ?? -1;

    /// <summary>The offset through which containers of streams that are forgotten were removed.</summary>
    public long Floor { get; private set; } = -1;

    /// <summary>Streams that are known now.</summary>
    public int Streams => _streams.Count;

    /// <inheritdoc />
    public int GetMaxAddCount() => ContainersPerRead;

    /// <inheritdoc />
    public bool IsUnderPressure() => false;

    /// <inheritdoc />
    public void AddToCache(IList<IBatchContainer> messages)
    {
        if (messages.Count > 0) _start ??= ((KafkaBatchContainer)messages[0]).FirstOffset - 1;
        for (var i = 0; i < messages.Count; i++)
        {
            var container = (KafkaBatchContainer)messages[i];
            StreamOf(container.StreamId).Append(container);
        }
    }

    /// <inheritdoc />
    public bool TryPurgeFromCache(out IList<IBatchContainer> purgedItems)
    {
        foreach (var stream in _toRelease) stream.Release();
        _toRelease.Clear();
        purgedItems = [];
        return false;
    }

    /// <inheritdoc />
    public IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken token) =>
        StreamOf(streamId).OpenCursor(token as KafkaSequenceToken);

    /// <summary>Looks at a stream with the next read: not now, since an agent that is stopping closes cursors in any order and reads no more.</summary>
    public void ReleaseLater(CachedStream stream) => _toRelease.Add(stream);

    /// <summary>Keeps a done container for rewinding. False where it is not to be kept.</summary>
    public bool Keep(CachedStream stream, KafkaBatchContainer container)
    {
        if (!IsRewindable) return false;
        _kept.Enqueue((stream, container.Bytes));
        _keptBytes += container.Bytes;
        while (_keptBytes > rewindBytes)
        {
            var (oldest, bytes) = _kept.Dequeue();
            _keptBytes -= bytes;
            oldest.RemoveOldest();
        }

        return true;
    }

    /// <summary>Forgets a stream without containers and cursors.</summary>
    public void ForgetIfUnused(CachedStream stream)
    {
        if (!stream.IsForgotten || !_streams.Remove(stream.Id)) return;
        Floor = Math.Max(Floor, stream.RemovedThrough);
    }

    /// <summary>A stream comes through more than one partition, so that it cannot rewind.</summary>
    public void ForeignToken(StreamId stream) => foreignToken(stream);

    private CachedStream StreamOf(StreamId id)
    {
        if (_streams.TryGetValue(id, out var stream)) return stream;
        stream = new CachedStream(id, this);
        _streams.Add(id, stream);
        return stream;
    }
}
