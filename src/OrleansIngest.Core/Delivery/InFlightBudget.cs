namespace OrleansIngest.Core.Delivery;

/// <summary>
/// The bytes that may be read and not yet durable, over all partitions of a process. Once spent, reading pauses until a
/// quarter of it is free again, so that partitions do not pause and resume with every batch. Safe for concurrent use.
/// </summary>
/// <param name="maxBytes">The budget. What one poll brings may overshoot it.</param>
public sealed class InFlightBudget(long maxBytes)
{
    private readonly long _resumeBelow = maxBytes - (maxBytes / 4);
    private long _bytes;
    private volatile bool _spent;

    /// <summary>Bytes in flight.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Whether reading is to pause.</summary>
    public bool IsSpent => _spent;

    /// <summary>Takes or, by a negative number, gives back bytes.</summary>
    public void Add(long bytes)
    {
        var now = Interlocked.Add(ref _bytes, bytes);
        if (now >= maxBytes) _spent = true;
        else if (now < _resumeBelow) _spent = false;
    }
}
