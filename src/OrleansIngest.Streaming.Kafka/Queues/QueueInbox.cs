using System.Collections.Concurrent;
using Orleans.Streams;

namespace OrleansIngest.Streaming.Kafka.Queues;

/// <summary>Containers on their way from the thread that reads to the pulling agent. What bounds it is that reading pauses.</summary>
internal sealed class QueueInbox
{
    private readonly ConcurrentQueue<KafkaBatchContainer> _containers = new();
    private TaskCompletionSource? _waiter;

    /// <summary>Puts containers in, in order.</summary>
    public void Add(IReadOnlyList<KafkaBatchContainer> containers)
    {
        foreach (var container in containers) _containers.Enqueue(container);
        Wake();
    }

    /// <summary>Takes out what is there, up to a number.</summary>
    public IList<IBatchContainer> Take(int most)
    {
        if (_containers.IsEmpty) return [];
        var taken = new List<IBatchContainer>(Math.Min(most, _containers.Count));
        while (taken.Count < most && _containers.TryDequeue(out var container)) taken.Add(container);
        return taken;
    }

    /// <summary>Waits until something is put in, or somebody wakes it, or for so long. For one waiter at a time.</summary>
    public async Task WaitAsync(TimeSpan patience)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _waiter, waiter);
        if (!_containers.IsEmpty) return;
        await waiter.Task.WaitAsync(patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Ends a wait.</summary>
    public void Wake() => Interlocked.Exchange(ref _waiter, null)?.TrySetResult();
}
