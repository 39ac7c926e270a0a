namespace OrleansIngest.Standalone.Lanes;

/// <summary>A device that fails by a defect, from its first failure until everything that came back is durable.</summary>
/// <param name="place">Its place among those that fail.</param>
/// <param name="since">When it began, by <see cref="TimeProvider.GetTimestamp"/>.</param>
/// <param name="isTold">Whether the log tells of it.</param>
internal sealed class DeviceOutage(LinkedListNode<string> place, long since, bool isTold)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private readonly List<LaneDelivery> _returned = [];
    private TimeSpan _delay = FirstDelay;

    /// <summary>Its place among those that fail, the longest first.</summary>
    public LinkedListNode<string> Place { get; } = place;

    /// <summary>When it began, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Since { get; } = since;

    /// <summary>Whether the log tells of it.</summary>
    public bool IsTold { get; } = isTold;

    /// <summary>How often it has failed.</summary>
    public int Failures { get; private set; }

    /// <summary>Records that wait until it is tried again.</summary>
    public int HeldRecords { get; set; }

    /// <summary>Counts a failure; gives how long to wait before it is tried again.</summary>
    public TimeSpan Failed()
    {
        Failures++;
        var delay = _delay * (0.5 + Random.Shared.NextDouble());
        _delay = _delay * 2 < LongestDelay ? _delay * 2 : LongestDelay;
        return delay < LongestDelay ? delay : LongestDelay;
    }

    /// <summary>Takes a batch that was handed out and failed. They may come in any order.</summary>
    public void Return(LaneDelivery delivery) => _returned.Add(delivery);

    /// <summary>Everything to be tried again, in the order it came: what failed, then what has waited since.</summary>
    public Queue<LaneDelivery> TakeAll(Queue<LaneDelivery>? waiting)
    {
        _returned.Sort(static (a, b) => a.Number.CompareTo(b.Number));
        var all = new Queue<LaneDelivery>(_returned);
        _returned.Clear();
        while (waiting is { Count: > 0 }) all.Enqueue(waiting.Dequeue());
        return all;
    }
}
