using Orleans.Streams;

namespace OrleansIngest.Streaming.Kafka.Caching;

/// <summary>
/// One reader of a stream. It is moved on when its container was delivered: <see cref="GetCurrent"/>, then
/// <see cref="MoveNext"/>, and no <see cref="RecordDeliveryFailure"/> between. Whatever else is done with it acknowledges
/// nothing, and the same container comes again.
/// </summary>
internal sealed class StreamCursor(CachedStream stream, KafkaBatchContainer? start, KafkaSequenceToken? requested) : IQueueCacheCursor
{
    private KafkaSequenceToken? _requested = requested;
    private KafkaBatchContainer? _current;
    private bool _failed;
    private bool _exposed;
    private bool _missed;

    // Whether it had seen everything. A pulling agent may drop a cursor without a word once its stream is quiet; only
    // Refresh shows that it still means to read on, so until then the cursor holds nothing back.
    private bool _idle;

    /// <summary>The container that is to come, or in hand; null at the end.</summary>
    public KafkaBatchContainer? Next { get; set; } = start;

    /// <summary>Whether it ever moved. One that never does is a pulling agent's pin, which holds everything back.</summary>
    public bool HasMoved { get; private set; }

    /// <summary>Whether it has yet to pass a container.</summary>
    public bool HoldsBack(KafkaBatchContainer container) => !_idle && Next is { } next && next.Number <= container.Number;

    /// <summary>A container is no longer kept.</summary>
    public void Removed(KafkaBatchContainer container, KafkaBatchContainer? next)
    {
        if (Next != container) return;
        Next = next;
        _missed |= !_idle && _current != container;
    }

    /// <inheritdoc />
    public IBatchContainer GetCurrent(out Exception exception)
    {
        exception = null!;
        _exposed = false;
        _requested = null;
        _current = Next;
        if (_current is not null) _current.HandedOut = true;
        return _current!;
    }

    /// <inheritdoc />
    /// <exception cref="QueueCacheMissException">What it was rewound to was given up before it came there.</exception>
    public bool MoveNext()
    {
        HasMoved = true;
        _idle = false;
        if (_current is { } delivered)
        {
            _current = null;
            if (!_failed) Pass(delivered);
        }
        else if (_exposed && Next is { } skipped && skipped.Token.Equals(_requested))
        {
            // A rewindable subscriber said that it has this very container, and the agent skips it.
            skipped.HandedOut = true;
            Pass(skipped);
        }

        if (_missed) throw stream.Missed();
        _failed = false;
        _exposed = Next is not null;
        _idle = Next is null;
        return _exposed;
    }

    /// <inheritdoc />
    public void Refresh(StreamSequenceToken token) => _idle = Next is null;

    /// <inheritdoc />
    public void RecordDeliveryFailure() => _failed = true;

    /// <inheritdoc />
    public void Dispose() => stream.Close(this);

    private void Pass(KafkaBatchContainer container)
    {
        container.Delivered = true;
        // Where what was rewound to is no longer kept, Next is beyond it already.
        if (Next == container) Next = container.NextInStream;
        stream.Release();
    }
}
