using Orleans.Runtime;
using Orleans.Streams;

namespace OrleansIngest.Streaming.Kafka.Caching;

/// <summary>
/// The containers of one stream, oldest first, and the cursors on them. A container is done once a cursor has delivered it
/// and every cursor that has yet to see it has passed. Used by one thread at a time, the pulling agent's.
/// </summary>
internal sealed class CachedStream(StreamId id, StreamQueueCache cache)
{
    private readonly List<StreamCursor> _cursors = new(1);
    private KafkaBatchContainer? _oldest;
    private KafkaBatchContainer? _newest;
    private long _numbered;
    private long _removedThrough = cache.Floor;

    public StreamId Id { get; } = id;

    /// <summary>Whether nobody has anything to do with it any more.</summary>
    public bool IsForgotten => _oldest is null && _cursors.Count == 0;

    /// <summary>The oldest container that is not done.</summary>
    public KafkaBatchContainer? FirstUndone { get; private set; }

    /// <summary>Offset of the last container that was removed: whatever was before it is not here either.</summary>
    public long RemovedThrough => Math.Max(_removedThrough, cache.Start);

    /// <summary>Adds a container at the end, or to the last one while no subscriber has been given that.</summary>
    public void Append(KafkaBatchContainer container)
    {
        if (_newest is { HandedOut: false } last && last.TryAbsorb(container, cache.Limits)) return;

        container.Number = ++_numbered;
        if (_newest is null) _oldest = container;
        else _newest.NextInStream = container;
        _newest = container;
        FirstUndone ??= container;
        foreach (var cursor in _cursors) cursor.Next ??= container;
    }

    /// <summary>A cursor on the first container that is not done or, where streams rewind, on an earlier one that the token asks for.</summary>
    /// <exception cref="QueueCacheMissException">The token asks for what is no longer here.</exception>
    public StreamCursor OpenCursor(KafkaSequenceToken? token)
    {
        var cursor = cache.IsRewindable && token is not null
            ? new StreamCursor(this, FindStart(token), token)
            : new StreamCursor(this, FirstUndone, null);
        _cursors.Add(cursor);
        return cursor;
    }

    /// <summary>Takes a cursor away. It acknowledges nothing by that; what it alone held back is looked at with the next read.</summary>
    public void Close(StreamCursor cursor)
    {
        if (!_cursors.Remove(cursor)) return;
        if (!cursor.HasMoved) cache.ReleaseLater(this);
        cache.ForgetIfUnused(this);
    }

    /// <summary>Notes as done what every cursor has passed.</summary>
    public void Release()
    {
        while (FirstUndone is { Delivered: true } container && IsPassed(container))
        {
            FirstUndone = container.NextInStream;
            container.Done();
            if (cache.Keep(this, container)) continue;
            RemoveOldest();
        }
    }

    /// <summary>Removes the oldest container, which is done.</summary>
    public void RemoveOldest()
    {
        var container = _oldest!;
        _oldest = container.NextInStream;
        if (_oldest is null) _newest = null;
        container.NextInStream = null;
        _removedThrough = container.Token.SequenceNumber;
        foreach (var cursor in _cursors) cursor.Removed(container, _oldest);
        cache.ForgetIfUnused(this);
    }

    /// <summary>Says that events were asked for that are no longer here.</summary>
    public QueueCacheMissException Missed(KafkaSequenceToken? token = null) => new(
        $"Stream {Id} cannot go back{(token is null ? "" : $" to {token}")}: this silo keeps its events after offset {RemovedThrough} only "
        + $"({nameof(KafkaStreamOptions.RewindBytes)}). Delivery goes on with the first event that is not done.");

    private bool IsPassed(KafkaBatchContainer container)
    {
        foreach (var cursor in _cursors)
        {
            if (cursor.HoldsBack(container)) return false;
        }

        return true;
    }

    private KafkaBatchContainer? FindStart(KafkaSequenceToken token)
    {
        if (_oldest is not null && !_oldest.Token.IsSameLog(token))
        {
            // A stream that arrives through two partitions, or a log that began again: the place means nothing here.
            cache.ForeignToken(Id);
            return FirstUndone;
        }

        // The token of a container says what a subscriber had last, and asks for nothing before that.
        if (token.IsOfContainer) return FirstUndone;
        if (token.SequenceNumber <= RemovedThrough)
        {
            cache.ForgetIfUnused(this);
            throw Missed(token);
        }

        var start = _oldest;
        while (start != FirstUndone && start!.Token.CompareTo(token) < 0) start = start.NextInStream;
        return start;
    }
}
