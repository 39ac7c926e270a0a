using System.Collections.Concurrent;
using Confluent.Kafka;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Kafka.Reading;

/// <summary>
/// The one thread that takes records from the client and hands them on, partition by partition. Nothing here waits for
/// anything but the client.
/// </summary>
internal sealed class PollLoop
{
    private const int ResultsPerRound = 512;
    private const int IdleWaitMs = 10;
    private const int FullWaitMs = 2;

    private const int ShortestPauseMs = 50;

    // Poll intervals that records are gathered for while earlier ones are under way.
    private const int LongestGathering = 10;

    private readonly IConsumer<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> _consumer;
    private readonly KafkaOptions _options;
    private readonly ReaderHealth _health;
    private readonly Action<AssignedPartition, Error> _lost;
    private readonly Action<Exception> _failed;
    private readonly ConcurrentQueue<Command> _commands = new();
    private readonly Dictionary<TopicPartition, AssignedPartition> _assigned = [];
    private readonly List<TopicPartition> _toPause = [];
    private readonly List<TopicPartition> _toResume = [];
    private readonly Thread _thread;
    private volatile bool _stopping;
    private volatile bool _ended;
    private AssignedPartition? _current;
    private bool _anyPending;
    private bool _idle;

    /// <param name="consumer">The client; records are taken by this thread alone.</param>
    /// <param name="options">How long and how many records are gathered.</param>
    /// <param name="health">Told of errors.</param>
    /// <param name="lost">Told, on the poll thread, of a partition that can no longer be read where it stands. It is unassigned.</param>
    /// <param name="failed">Told of the end of the thread by an error.</param>
    public PollLoop(
        IConsumer<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> consumer,
        KafkaOptions options,
        ReaderHealth health,
        Action<AssignedPartition, Error> lost,
        Action<Exception> failed)
    {
        (_consumer, _options, _health, _lost, _failed) = (consumer, options, health, lost, failed);
        _thread = new Thread(Run) { Name = "Kafka reader", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Begins to read these partitions at their positions.</summary>
    public Task AssignAsync(IReadOnlyCollection<AssignedPartition> partitions) => InvokeAsync(() =>
    {
        var fresh = partitions.Where(p => p.Move(PartitionState.Opening, PartitionState.Reading)).ToList();
        if (fresh.Count == 0) return;
        try
        {
            _consumer.IncrementalAssign(fresh.Select(p => new TopicPartitionOffset(p.Id, p.Position!.Value)));
        }
        catch (KafkaException)
        {
            // Nothing is read of them; the next round opens them again.
            foreach (var partition in fresh) partition.Move(PartitionState.Reading, PartitionState.Waiting);
            throw;
        }

        foreach (var partition in fresh) _assigned.Add(partition.Id, partition);
        foreach (var partition in fresh) partition.Opened.TrySetResult();
    });

    /// <summary>Ends reading of these partitions. When it completes, nothing more of them is handed on.</summary>
    public Task StopAsync(IReadOnlyCollection<AssignedPartition> partitions) => InvokeAsync(() => Unassign(partitions));

    /// <summary>Ends reading of these partitions until they are opened again.</summary>
    public Task SuspendAsync(IReadOnlyCollection<AssignedPartition> partitions) => InvokeAsync(() =>
    {
        Unassign(partitions);
        foreach (var partition in partitions) partition.Move(PartitionState.Reading, PartitionState.Waiting);
    });

    /// <summary>Ends the thread. Completes when it has ended.</summary>
    public Task EndAsync()
    {
        _stopping = true;
        return Task.Run(_thread.Join);
    }

    private Task InvokeAsync(Action action)
    {
        var command = new Command(action, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _commands.Enqueue(command);
        if (_ended) command.Done.TrySetCanceled();
        return command.Done.Task;
    }

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                while (_commands.TryDequeue(out var command)) Execute(command);
                // What is fetched ahead stays in the client, which then fetches no more by itself.
                if (AllAreFull()) Thread.Sleep(FullWaitMs);
                else TakeRound();
                DeliverDue();
                PauseAndResume();
            }
        }
        catch (Exception e)
        {
            _failed(e);
        }
        finally
        {
            _ended = true;
            while (_commands.TryDequeue(out var command)) command.Done.TrySetCanceled();
        }
    }

    private static void Execute(Command command)
    {
        try
        {
            command.Action();
            command.Done.TrySetResult();
        }
        catch (KafkaException e)
        {
            command.Done.TrySetException(e);
        }
    }

    private void TakeRound()
    {
        for (var i = 0; i < ResultsPerRound; i++)
        {
            // Wait only when the last look found nothing and nothing is gathered.
            var result = Consume(_idle ? IdleWaitMs : 0);
            _idle = result is null;
            if (result is null)
            {
                if (_anyPending) DeliverAll();
                return;
            }

            Take(result);
        }
    }

    private ConsumeResult<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?>? Consume(int milliseconds)
    {
        try
        {
            return _consumer.Consume(milliseconds);
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            OnError(e);
            return null;
        }
    }

    private void Take(ConsumeResult<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> result)
    {
        if (Find(result.Topic, result.Partition) is not { } partition) return;
        _health.Alive();
        if (result.IsPartitionEOF)
        {
            Deliver(partition);
            partition.Position = result.Offset.Value;
            partition.End = result.Offset.Value;
            partition.Consumer!.ReachedEnd(result.Offset.Value);
            return;
        }

        if (partition.Pending is null)
        {
            partition.Pending = [];
            partition.PendingSince = Environment.TickCount64;
            _anyPending = true;
        }

        partition.Pending.Add(ConsumedMessage.ToRecord(result, partition.Consumer!.Source));
        partition.Position = result.Offset.Value + 1;
        if (partition.Pending.Count >= _options.PollRecords) Deliver(partition);
    }

    private AssignedPartition? Find(string topic, Partition number)
    {
        // Records come in runs of one partition.
        if (_current is { } current && current.Id.Partition == number && current.Id.Topic == topic) return current;
        return _current = _assigned.GetValueOrDefault(new TopicPartition(topic, number));
    }

    private void Deliver(AssignedPartition partition)
    {
        if (partition.Pending is not { } records) return;
        partition.Pending = null;
        partition.Count(records.Count);
        partition.Consumer!.Deliver(records);
    }

    private void DeliverAll()
    {
        _anyPending = false;
        foreach (var partition in _assigned.Values)
        {
            if (partition.Pending is null) continue;
            if (partition.Consumer!.PrefersLarger) _anyPending = true;
            else Deliver(partition);
        }
    }

    private void DeliverDue()
    {
        if (!_anyPending) return;
        var interval = (long)_options.PollInterval.TotalMilliseconds;
        var due = Environment.TickCount64 - interval;
        var overdue = due - ((LongestGathering - 1) * interval);
        _anyPending = false;
        foreach (var partition in _assigned.Values)
        {
            if (partition.Pending is null) continue;
            if (partition.PendingSince <= overdue || (partition.PendingSince <= due && !partition.Consumer!.PrefersLarger)) Deliver(partition);
            else _anyPending = true;
        }
    }

    private bool AllAreFull()
    {
        foreach (var partition in _assigned.Values)
        {
            if (!partition.Consumer!.IsFull) return false;
        }

        return _assigned.Count > 0;
    }

    // Pausing costs: it drops what was fetched ahead, and resuming may take the client half a second. So it is for those
    // that are full while others are not.
    private void PauseAndResume()
    {
        var now = Environment.TickCount64;
        var pause = !AllAreFull();
        foreach (var partition in _assigned.Values)
        {
            if (partition.Paused)
            {
                if (now - partition.PausedAt < ShortestPauseMs || partition.Consumer!.IsFull) continue;
                partition.Paused = false;
                _toResume.Add(partition.Id);
            }
            else if (pause && partition.Consumer!.IsFull)
            {
                partition.Paused = true;
                partition.PausedAt = now;
                _toPause.Add(partition.Id);
            }
        }

        if (_toPause.Count > 0) _consumer.Pause(_toPause);
        if (_toResume.Count > 0) _consumer.Resume(_toResume);
        _toPause.Clear();
        _toResume.Clear();
    }

    private void OnError(ConsumeException e)
    {
        var at = e.ConsumerRecord;
        if (at.Topic is null || Find(at.Topic, at.Partition) is not { } partition)
        {
            _health.ClientError(e.Error);
            return;
        }

        switch (e.Error.Code)
        {
            case ErrorCode.Local_AutoOffsetReset or ErrorCode.Local_LogTruncation or ErrorCode.OffsetOutOfRange
                or ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition
                or ErrorCode.UnknownTopicId:
                // What was read before belongs to the log as it was: it is handed on before anyone looks at the new one.
                Deliver(partition);
                Unassign([partition]);
                if (partition.Move(PartitionState.Reading, PartitionState.Waiting)) _lost(partition, e.Error);
                break;
            default:
                _health.ClientError(e.Error);
                break;
        }
    }

    private void Unassign(IReadOnlyCollection<AssignedPartition> partitions)
    {
        var ours = partitions.Where(p => _assigned.GetValueOrDefault(p.Id) == p && _assigned.Remove(p.Id)).ToList();
        _current = null;
        foreach (var partition in ours)
        {
            if (partition.Pending is { } unread) partition.Position = unread[0].Offset;
            partition.Pending = null;
            partition.Paused = false;
        }

        if (ours.Count > 0) _consumer.IncrementalUnassign(ours.Select(p => p.Id));
    }

    private readonly record struct Command(Action Action, TaskCompletionSource Done);
}
