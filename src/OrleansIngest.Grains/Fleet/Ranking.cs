namespace OrleansIngest.Grains.Fleet;

/// <summary>Keeps the so many highest of what it is given.</summary>
internal sealed class Ranking<T>(int size)
{
    private readonly PriorityQueue<T, double> _kept = new();

    /// <summary>Takes an item, unless enough higher ones are there.</summary>
    public void Add(T item, double rank)
    {
        if (_kept.Count < size) _kept.Enqueue(item, rank);
        else if (size > 0) _kept.EnqueueDequeue(item, rank);
    }

    /// <summary>What was kept, highest first.</summary>
    public T[] Take()
    {
        var taken = new T[_kept.Count];
        for (var i = taken.Length - 1; i >= 0; i--) taken[i] = _kept.Dequeue();
        return taken;
    }
}
