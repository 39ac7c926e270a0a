using Confluent.Kafka;
using Orleans.Streams;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka.Reading;
using OrleansIngest.Streaming.Kafka.Reading;

namespace OrleansIngest.Streaming.Kafka.Queues;

/// <summary>
/// What the pulling agent of one queue reads from. The queue stands for a partition that may not exist: then it yields
/// nothing until it does.
/// </summary>
internal sealed class KafkaQueueReceiver(TopicPartition partition, SharedReader reader) : IQueueAdapterReceiver
{
    // An agent that is told to stop waits for its read to end.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly QueueInbox _inbox = new();
    private readonly Lock _lock = new();
    private volatile PartitionIntake? _intake;
    private volatile bool _leaving;
    private bool _added;
    private bool _removed;

    /// <summary>The partition of this queue.</summary>
    public TopicPartition Partition { get; } = partition;

    /// <summary>Where its records come in; null until it is read, the latest where its log began again.</summary>
    public PartitionIntake? Intake => _intake;

    /// <summary>When it may be read first, by the clock's timestamp.</summary>
    public long DueAt { get; set; }

    /// <summary>Has the partition read, unless it is or was.</summary>
    public void AddTo(KafkaReader kafka, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_added || _removed) return;
            _added = true;
            // It completes when records can come; nobody waits for that.
            _ = kafka.AddAsync(Partition, cancellationToken).ContinueWith(
                static added => added.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }

    /// <summary>Ends reading for good and commits what is done. False where that could not be committed.</summary>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public Task<bool> RemoveFromAsync(KafkaReader kafka, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _removed = true;
            if (!_added) return Task.FromResult(true);
        }

        return kafka.RemoveAsync(Partition, cancellationToken);
    }

    /// <summary>Takes the records of a log from now on.</summary>
    public PartitionIntake Open(RecordSource source, IntakeServices services) => _intake = new PartitionIntake(source, _inbox, services);

    /// <summary>The queue is about to be given away: its agent is not to be kept waiting.</summary>
    public void Leave()
    {
        _leaving = true;
        _inbox.Wake();
    }

    /// <inheritdoc />
    public Task Initialize(TimeSpan timeout)
    {
        reader.Attach(this);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount)
    {
        var taken = _inbox.Take(maxCount);
        if (taken.Count > 0 || _leaving) return taken;
        if (_intake is null) await Task.Delay(Patience).ConfigureAwait(false);
        else await _inbox.WaitAsync(Patience).ConfigureAwait(false);
        return _inbox.Take(maxCount);
    }

    /// <inheritdoc />
    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask; // the cache says so itself, sooner

    /// <inheritdoc />
    public Task Shutdown(TimeSpan timeout)
    {
        Leave();
        return reader.DetachAsync(this, timeout);
    }
}
