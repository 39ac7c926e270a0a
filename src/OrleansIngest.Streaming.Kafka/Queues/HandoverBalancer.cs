using Orleans.Streams;
using OrleansIngest.Streaming.Kafka.Reading;

namespace OrleansIngest.Streaming.Kafka.Queues;

/// <summary>
/// Before queues go to another silo, has their streams finish what was read. A pulling agent that is told to stop forgets
/// the deliveries under way, so this comes before it is told; which queues go is another balancer's decision.
/// </summary>
internal sealed class HandoverBalancer(IStreamQueueBalancer inner, KafkaQueueMapper mapper, SharedReader reader)
    : IStreamQueueBalancer, IStreamQueueBalanceListener
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly List<IStreamQueueBalanceListener> _listeners = [];
    private HashSet<QueueId>? _mine;

    /// <inheritdoc />
    public Task Initialize(IStreamQueueMapper queueMapper)
    {
        inner.SubscribeToQueueDistributionChangeEvents(this);
        return inner.Initialize(queueMapper);
    }

    /// <inheritdoc />
    public Task Shutdown()
    {
        inner.UnSubscribeFromQueueDistributionChangeEvents(this);
        return inner.Shutdown();
    }

    /// <inheritdoc />
    public IEnumerable<QueueId> GetMyQueues()
    {
        lock (_lock) return [.. _mine ??= [.. inner.GetMyQueues()]];
    }

    /// <inheritdoc />
    public bool SubscribeToQueueDistributionChangeEvents(IStreamQueueBalanceListener observer)
    {
        lock (_lock)
        {
            if (_listeners.Contains(observer)) return false;
            _listeners.Add(observer);
            return true;
        }
    }

    /// <inheritdoc />
    public bool UnSubscribeFromQueueDistributionChangeEvents(IStreamQueueBalanceListener observer)
    {
        lock (_lock) return _listeners.Remove(observer);
    }

    /// <inheritdoc />
    public async Task QueueDistributionChangeNotification()
    {
        await _oneAtATime.WaitAsync();
        try
        {
            var mine = inner.GetMyQueues().ToHashSet();
            List<QueueId> leaving;
            lock (_lock) leaving = [.. (_mine ?? []).Where(q => !mine.Contains(q))];
            if (leaving.Count > 0) await reader.LetGoAsync(leaving.Select(mapper.PartitionOf));

            IStreamQueueBalanceListener[] listeners;
            lock (_lock)
            {
                _mine = mine;
                listeners = [.. _listeners];
            }

            foreach (var listener in listeners) await listener.QueueDistributionChangeNotification();
        }
        finally
        {
            _oneAtATime.Release();
        }
    }
}
