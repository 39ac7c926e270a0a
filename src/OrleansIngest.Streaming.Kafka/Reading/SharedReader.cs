using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka.Clients;
using OrleansIngest.Kafka.Reading;
using OrleansIngest.Streaming.Kafka.Mapping;
using OrleansIngest.Streaming.Kafka.Queues;
using OrleansIngest.Streaming.Kafka.Status;

namespace OrleansIngest.Streaming.Kafka.Reading;

/// <summary>The one reader of a silo and provider, and the queues that are read through it, which come and go as the balancer says.</summary>
internal sealed class SharedReader : IPartitionConsumerFactory, IAsyncDisposable
{
    private static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    private readonly KafkaStreamOptions _options;
    private readonly ISourceEpochs? _epochs;
    private readonly Func<bool> _isAlone;
    private readonly IntakeServices _services;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<TopicPartition, KafkaQueueReceiver> _queues = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly KafkaReader _kafka;
    private readonly SlotKeeper _slots;

    /// <param name="name">The provider's name.</param>
    /// <param name="options">Checked before.</param>
    /// <param name="mapper">The application's part.</param>
    /// <param name="deadLetters">Takes what the mapper rejects.</param>
    /// <param name="epochs">Tells when a log began again; null where nobody keeps that.</param>
    /// <param name="isAlone">Whether no other silo may be reading now.</param>
    /// <param name="silo">This silo.</param>
    /// <param name="clock">The time.</param>
    /// <param name="loggers">Makes the loggers of all parts.</param>
    public SharedReader(
        string name, KafkaStreamOptions options, IKafkaRecordMapper mapper, IDeadLetterQueue deadLetters, ISourceEpochs? epochs,
        Func<bool> isAlone, SiloAddress silo, TimeProvider clock, ILoggerFactory loggers)
    {
        _options = options;
        _epochs = epochs;
        _isAlone = isAlone;
        _logger = loggers.CreateLogger<SharedReader>();
        _services = new IntakeServices(
            options, mapper, deadLetters, new InFlightBudget(options.MaxInFlightBytes), silo, clock, _logger, _stopping.Token);
        var clients = new KafkaClients(options.Kafka, loggers.CreateLogger<KafkaClients>());
        _kafka = new KafkaReader(options.Kafka, this, clients, clock, loggers.CreateLogger<KafkaReader>());
        _slots = new SlotKeeper(options, _kafka, _queues, new WaitWatch(name, clock, _logger), clock, _logger);
    }

    /// <summary>How reading goes.</summary>
    public ReaderStatus Status => _kafka.Status;

    /// <summary>What keeps partitions from being read, besides the reader's own problem.</summary>
    public IReadOnlyList<string> SlotProblems => _slots.Problems;

    /// <summary>Faults when reading has ended for good.</summary>
    public Task Completion => _kafka.Completion;

    /// <summary>The queues of this silo.</summary>
    public ICollection<KafkaQueueReceiver> Queues => _queues.Values;

    /// <summary>Where a partition's records come in; null where this silo does not read it.</summary>
    public PartitionIntake? Find(string topic, int partition) =>
        _queues.TryGetValue(new TopicPartition(topic, partition), out var queue) ? queue.Intake : null;

    /// <summary>Reads a queue's partition once it exists. After a while, where another silo may have to finish with it.</summary>
    public void Attach(KafkaQueueReceiver queue)
    {
        var clock = _services.Clock;
        var delay = _isAlone() ? TimeSpan.Zero : _options.HandoverDelay;
        queue.DueAt = clock.GetTimestamp() + (long)(delay.TotalSeconds * clock.TimestampFrequency);
        _queues[queue.Partition] = queue;
        _slots.Wake();
    }

    /// <summary>Reads a queue's partition no longer, and commits what is done.</summary>
    public async Task DetachAsync(KafkaQueueReceiver queue, TimeSpan timeout)
    {
        using var patience = new CancellationTokenSource(timeout, _services.Clock);
        try
        {
            if (!await queue.RemoveFromAsync(_kafka, patience.Token)) _logger.LastCommitFailed(queue.Partition.ToString(), "the broker refused it");
        }
        catch (OperationCanceledException)
        {
            _logger.LastCommitFailed(queue.Partition.ToString(), $"it took longer than {timeout}");
        }
        finally
        {
            _queues.TryRemove(KeyValuePair.Create(queue.Partition, queue));
        }
    }

    /// <summary>Stops reading partitions that are about to be given away, and lets their streams finish what was read, for most of the handover delay.</summary>
    public async Task LetGoAsync(IEnumerable<TopicPartition> partitions)
    {
        var leaving = partitions.Select(p => _queues.GetValueOrDefault(p)).OfType<KafkaQueueReceiver>().ToList();
        foreach (var queue in leaving) queue.Leave();
        await Task.WhenAll(leaving.Select(q => _kafka.StopReadingAsync(q.Partition)));
        await WaitUntilDoneAsync(leaving, _options.HandoverDelay * 0.8, CancellationToken.None);
    }

    /// <summary>Stops reading altogether, waits for what was read, and commits what is done.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (_stopping.IsCancellationRequested) return;
        var queues = _queues.Values.ToList();
        foreach (var queue in queues) queue.Leave();
        await _kafka.StopReadingAsync();
        await WaitUntilDoneAsync(queues, _options.DrainTimeout, cancellationToken);
        var undone = queues.Sum(q => q.Intake?.Progress.InFlightRecords ?? 0);
        if (undone == 0) _logger.Drained();
        else _logger.DrainedInPart(undone);

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(CommitPatience);
        try
        {
            if (!await _kafka.CommitAsync(patience.Token)) _logger.LastCommitFailed("all partitions", "the broker refused it");
        }
        catch (OperationCanceledException)
        {
            _logger.LastCommitFailed("all partitions", "it took too long");
        }
    }

    /// <inheritdoc />
    public async Task<IPartitionConsumer> OpenAsync(PartitionStart start, CancellationToken cancellationToken)
    {
        var source = _epochs is null
            ? new RecordSource(start.ClusterId, start.Topic, start.Partition, 0, 0)
            : await _epochs.ResolveAsync(start, cancellationToken);
        // A queue that left meanwhile is not read any more, whatever is made for it here.
        return _queues.TryGetValue(new TopicPartition(start.Topic, start.Partition), out var queue)
            ? queue.Open(source, _services)
            : new PartitionIntake(source, new QueueInbox(), _services);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync();
        await _slots.DisposeAsync();
        await _kafka.DisposeAsync();
    }

    private async Task WaitUntilDoneAsync(List<KafkaQueueReceiver> queues, TimeSpan patience, CancellationToken cancellationToken)
    {
        var began = _services.Clock.GetTimestamp();
        while (queues.Exists(q => q.Intake is { IsDrained: false })
            && _services.Clock.GetElapsedTime(began) < patience && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(LookAgain, _services.Clock, CancellationToken.None);
        }
    }
}
