using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Kafka.Reading;

/// <summary>What goes wrong while reading, told to the log once an outage and kept for the status. Safe for concurrent use.</summary>
internal sealed class ReaderHealth(KafkaClients clients, TimeProvider clock, ILogger logger)
{
    private const int RangesKept = 100;

    private readonly Lock _lock = new();
    private readonly Queue<SkippedRange> _skipped = new();
    private readonly HashSet<string> _told = [];
    private volatile bool _connected;
    private DateTimeOffset? _downSince = clock.GetUtcNow();
    private bool _toldDown;
    private string[] _missing = [];
    private string[] _leaderless = [];
    private string? _commitProblem;
    private string? _lastError;
    private string? _openingFailed;
    private string? _failed;
    private long _skippedRecords;
    private long _logRestarts;

    /// <summary>The broker answered.</summary>
    public void Alive()
    {
        if (_connected) return;
        lock (_lock)
        {
            if (_connected) return;
            _connected = true;
            if (_toldDown) logger.BrokersBack(clients.BootstrapServers, clock.GetUtcNow() - _downSince!.Value);
            _downSince = null;
            _toldDown = false;
            _lastError = null;
            _told.Clear();
        }
    }

    /// <summary>No broker answers.</summary>
    public void Down(Error error)
    {
        lock (_lock)
        {
            var reason = Note(error);
            if (_connected) _downSince = clock.GetUtcNow();
            _connected = false;
            if (_toldDown) return;
            _toldDown = true;
            logger.BrokersDown(clients.BootstrapServers, reason);
        }
    }

    /// <summary>A question to the broker was not answered, or refused.</summary>
    public void CallFailed(Error error)
    {
        if (IsOutage(error.Code)) Down(error);
        else ClientError(error);
    }

    /// <summary>An error of the client that it recovers from by itself.</summary>
    public void ClientError(Error error)
    {
        if (error.Code == ErrorCode.Local_AllBrokersDown)
        {
            Down(error);
            return;
        }

        lock (_lock)
        {
            var reason = Note(error);
            // What belongs to an outage is told with it; what an operator must mend is told when it first shows.
            if (IsOutage(error.Code)) logger.ClientErrorInOutage(error.Code.ToString(), reason);
            else if (_told.Add(error.Code + reason)) logger.ClientError(error.Code.ToString(), reason);
        }
    }

    /// <summary>These topics or partitions do not exist.</summary>
    public void Missing(IEnumerable<string> names)
    {
        var missing = names.ToArray();
        lock (_lock)
        {
            if (missing.Except(_missing).ToArray() is { Length: > 0 } added) logger.TopicsMissing(string.Join(", ", added));
            _missing = missing;
        }
    }

    /// <summary>These are all partitions whose leader cannot be had.</summary>
    public void Leaderless(IEnumerable<AssignedPartition> partitions)
    {
        var now = partitions.ToDictionary(p => p.ToString(), p => p.LeaderProblem, StringComparer.Ordinal);
        lock (_lock)
        {
            if (now.Keys.Except(_leaderless).Select(name => $"{name} ({now[name]})").ToArray() is { Length: > 0 } added) logger.LeadersLost(string.Join(", ", added));
            else if (_leaderless.Length > 0 && now.Count == 0) logger.LeadersBack();
            _leaderless = [.. now.Keys];
        }
    }

    /// <summary>Why a leader that should be there cannot be asked, in words.</summary>
    public string NoAnswer(Error error) => $"its leader does not answer: {error.Code}: {clients.Hide(error.Reason)}";

    /// <summary>Offsets were gone before they were read.</summary>
    public void Skipped(TopicPartition partition, long from, long to)
    {
        lock (_lock)
        {
            _skippedRecords += to - from;
            if (_skipped.Count == RangesKept) _skipped.Dequeue();
            _skipped.Enqueue(new SkippedRange(partition.Topic, partition.Partition.Value, from, to, clock.GetUtcNow()));
        }

        logger.RecordsGone(partition.Topic, partition.Partition.Value, from, to, to - from);
    }

    /// <summary>A partition's log is not the one that was read or committed before.</summary>
    public void LogBeganAgain(TopicPartition partition, long expected, long low, long high)
    {
        Interlocked.Increment(ref _logRestarts);
        logger.LogBeganAgain(partition.Topic, partition.Partition.Value, expected, low, high);
    }

    /// <summary>Partitions could not be opened, for no fault of Kafka's; they are tried again.</summary>
    public void OpeningFailed(AssignedPartition first, int others, Exception e)
    {
        lock (_lock)
        {
            _lastError = $"{first} and {others} other partitions could not be opened: {e.Message}";
            if (_openingFailed == e.Message) return;
            _openingFailed = e.Message;
        }

        logger.OpeningFailed(first.ToString(), others, e);
    }

    /// <summary>Partitions were opened.</summary>
    public void OpeningWorks()
    {
        lock (_lock) _openingFailed = null;
    }

    /// <summary>Offsets could not be committed.</summary>
    public void CommitFailed(string reason)
    {
        lock (_lock)
        {
            if (_commitProblem is null) logger.CommitFailed(reason);
            _commitProblem = $"offsets cannot be committed: {reason}";
        }
    }

    /// <summary>Offsets were committed.</summary>
    public void CommitWorks()
    {
        lock (_lock)
        {
            if (_commitProblem is not null) logger.CommitWorks();
            _commitProblem = null;
        }
    }

    /// <summary>Reading has ended for good.</summary>
    public void Failed(string reason)
    {
        lock (_lock)
        {
            if (_failed is not null) return;
            _failed = reason;
        }

        logger.ReadingFailed(reason);
    }

    public ReaderStatus Status(IReadOnlyDictionary<string, int> counts, IReadOnlyList<PartitionStatus> partitions)
    {
        lock (_lock)
        {
            return new ReaderStatus(
                _connected, _downSince, _missing, [.. _skipped], _skippedRecords, Interlocked.Read(ref _logRestarts),
                _commitProblem, _lastError, _failed, counts, partitions);
        }
    }

    private string Note(Error error)
    {
        // The error that all are down says less than the one before it, why the last went down.
        if (error.Code == ErrorCode.Local_AllBrokersDown && _lastError is not null) return _lastError;
        return _lastError = clients.Hide(error.Reason);
    }

    /// <summary>Whether an error says that a broker does not answer.</summary>
    public static bool IsOutage(ErrorCode code) => code
        is ErrorCode.Local_Transport or ErrorCode.Local_Resolve or ErrorCode.Local_TimedOut
        or ErrorCode.Local_TimedOutQueue or ErrorCode.Local_AllBrokersDown or ErrorCode.NetworkException;
}
