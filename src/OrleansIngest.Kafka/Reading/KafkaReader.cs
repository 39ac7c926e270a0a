using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Kafka.Reading;

/// <summary>
/// Reads Kafka partitions with one client and one thread, each into the consumer that
/// <see cref="IPartitionConsumerFactory"/> makes for it, and commits their watermarks. Partitions are assigned, never
/// subscribed to: all of some topics (<see cref="AssignAllAsync"/>), or one by one (<see cref="AddAsync"/>).
/// </summary>
/// <remarks>
/// To end without reading anything twice: <see cref="StopReadingAsync()"/>, wait until what was handed on is done,
/// <see cref="CommitAsync"/>, <see cref="DisposeAsync"/>.
/// </remarks>
public sealed class KafkaReader : IAsyncDisposable
{
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    private readonly KafkaOptions _options;
    private readonly ReaderHealth _health;
    private readonly ILogger _logger;
    private readonly IConsumer<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> _consumer;
    private readonly LogLookup _lookup;
    private readonly PollLoop _loop;
    private readonly OffsetCommitter _committer;
    private readonly AssignmentKeeper _keeper;
    private readonly ConcurrentDictionary<TopicPartition, AssignedPartition> _partitions = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _keeping;
    private readonly Task _committing;

    /// <summary>Makes the client; reads nothing until told which partitions.</summary>
    /// <exception cref="InvalidOperationException">The client does not accept its settings.</exception>
    public KafkaReader(
        KafkaOptions options, IPartitionConsumerFactory factory, KafkaClients clients, TimeProvider clock, ILogger<KafkaReader> logger)
    {
        _options = options;
        _logger = logger;
        _health = new ReaderHealth(clients, clock, logger);
        _consumer = clients.CreateReader(new SlabDeserializer(), _health.ClientError);
        _lookup = new LogLookup(_consumer);
        _loop = new PollLoop(_consumer, options, _health, (partition, error) => _keeper!.Lost(partition, error), Fail);
        var opener = new PartitionOpener(options, factory, _lookup, _health, clock);
        _keeper = new AssignmentKeeper(options, _partitions, _loop, opener, _lookup, _health, logger);
        _committer = new OffsetCommitter(_consumer, options, _health, clock, reason => Fail(new GroupInUseException(reason)));
        _keeping = GuardAsync(_keeper.RunAsync(_stopping.Token));
        _committing = GuardAsync(CommitNowAndThenAsync(clock, _stopping.Token));
    }

    /// <summary>Faults when reading has ended for good by an error, such as a group that others use; completes when disposed.</summary>
    public Task Completion => _completion.Task;

    /// <summary>How reading goes.</summary>
    public ReaderStatus Status => _health.Status(
        _keeper.PartitionCounts,
        [
            .. _partitions.Values.Select(p => p.Status(2 * _options.MetadataInterval))
                .OrderBy(p => p.Topic, StringComparer.Ordinal).ThenBy(p => p.Partition),
        ]);

    /// <summary>
    /// Reads all partitions of these topics, also those added to them later. Completes when every partition that exists
    /// is being read; waits while no broker can be reached. A topic that does not exist is waited for in the background.
    /// </summary>
    public Task AssignAllAsync(IReadOnlyCollection<string> topics, CancellationToken cancellationToken) =>
        _keeper.KeepAllAsync(topics, cancellationToken);

    /// <summary>Reads a partition. Completes when it is being read; waits while it does not exist or no broker can be reached.</summary>
    public async Task AddAsync(TopicPartition partition, CancellationToken cancellationToken)
    {
        var added = _partitions.AddOrUpdate(
            partition,
            static id => new AssignedPartition(id),
            static (id, found) => found.State == PartitionState.Stopped ? new AssignedPartition(id) : found);
        _keeper.Wake();
        await added.Opened.Task.WaitAsync(cancellationToken);
    }

    /// <summary>How many partitions a topic has; 0 where it does not exist. Null where no broker answers.</summary>
    /// <exception cref="KafkaException">The broker does not let us look.</exception>
    public async Task<int?> CountPartitionsAsync(string topic, CancellationToken cancellationToken)
    {
        try
        {
            var count = await _lookup.CountPartitionsAsync(topic, cancellationToken);
            _health.Alive();
            return count;
        }
        catch (KafkaException e) when (ReaderHealth.IsOutage(e.Error.Code))
        {
            _health.Down(e.Error);
            return null;
        }
    }

    /// <summary>Stops reading a partition: when it completes, nothing more of it is handed on. Its watermark is still committed.</summary>
    public Task StopReadingAsync(TopicPartition partition) =>
        _partitions.TryGetValue(partition, out var found) ? StopAsync([found]) : Task.CompletedTask;

    /// <summary>Stops reading a partition, commits its watermark as it stands, and forgets the partition. True where that was committed.</summary>
    public async Task<bool> RemoveAsync(TopicPartition partition, CancellationToken cancellationToken)
    {
        if (!_partitions.TryGetValue(partition, out var found)) return true;
        await StopAsync([found]);
        try
        {
            return await _committer.CommitAsync([found], cancellationToken);
        }
        finally
        {
            _partitions.TryRemove(partition, out _);
        }
    }

    /// <summary>Stops reading altogether: when it completes, nothing more is handed on. Watermarks are still committed.</summary>
    public async Task StopReadingAsync()
    {
        _keeper.Stop();
        await StopAsync([.. _partitions.Values]);
    }

    /// <summary>Commits every watermark as it stands. True where all are committed.</summary>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public Task<bool> CommitAsync(CancellationToken cancellationToken) =>
        _committer.CommitAsync([.. _partitions.Values], cancellationToken);

    /// <summary>Closes the client, within some seconds whatever the broker does. Commits nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync();
        await Task.WhenAll(_keeping, _committing);
        await _loop.EndAsync();
        var closing = Task.Run(Close);
        try
        {
            await closing.WaitAsync(ClosePatience);
        }
        catch (TimeoutException)
        {
            // A call into the client that waits for a broker cannot be interrupted, and the client must outlive it.
            _logger.CloseAbandoned(ClosePatience);
        }

        foreach (var partition in _partitions.Values) partition.Opened.TrySetCanceled();
        _completion.TrySetResult();
    }

    private async Task StopAsync(IReadOnlyCollection<AssignedPartition> partitions)
    {
        foreach (var partition in partitions) partition.Stop();
        // Where the poll thread has ended, nothing is handed on any more.
        await _loop.StopAsync(partitions).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task CommitNowAndThenAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_options.CommitInterval, clock);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await _committer.CommitAsync([.. _partitions.Values], cancellationToken);
        }
    }

    private async Task GuardAsync(Task background)
    {
        try
        {
            await background;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Disposing.
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Fail(Exception e)
    {
        _health.Failed(e.Message);
        _completion.TrySetException(e);
        if (e is GroupInUseException) _ = StopReadingAsync();
    }

    private void Close()
    {
        // Closing while a call is under way would free what that call uses.
        while (_committer.Busy || _lookup.Busy) Thread.Sleep(10);
        _lookup.Dispose();
        _consumer.Close();
        _consumer.Dispose();
        _committer.Dispose();
    }
}

/// <summary>The group id belongs to consumers that subscribe; offsets cannot be committed to it.</summary>
public sealed class GroupInUseException(string message) : Exception(message);
