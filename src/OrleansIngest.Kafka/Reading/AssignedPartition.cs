using Confluent.Kafka;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Kafka.Reading;

/// <summary>
/// One partition that was asked for. Who may write what: the poll thread what concerns records, the committer what is
/// committed, the reader the state; everyone may read.
/// </summary>
internal sealed class AssignedPartition(TopicPartition id)
{
    private const long None = -1;

    private volatile IPartitionConsumer? _consumer;
    private volatile PartitionState _state;
    private volatile bool _paused;
    private long _position = None;
    private long _end = None;
    private long _committed = None;
    private long _records;
    private long _notReadSince = Environment.TickCount64;

    public TopicPartition Id { get; } = id;

    /// <summary>Completes when the partition is read for the first time.</summary>
    public TaskCompletionSource Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PartitionState State => _state;

    /// <summary>Changes the state, unless it is no longer what it is thought to be: whoever stops a partition wins.</summary>
    public bool Move(PartitionState from, PartitionState to)
    {
        if (from == PartitionState.Reading) Interlocked.Exchange(ref _notReadSince, Environment.TickCount64);
        return Interlocked.CompareExchange(ref _state, to, from) == from;
    }

    /// <summary>It is no longer to be read, whatever is being done with it.</summary>
    public void Stop() => _state = PartitionState.Stopped;

    /// <summary>Whether it does not exist, which is told of its topic.</summary>
    public bool IsMissing { get; set; }

    /// <summary>Why its leader cannot be had, in words; null where it can.</summary>
    public string? LeaderProblem { get; set; }

    /// <summary>Why it could not be opened at the last attempt, in words; null where it could.</summary>
    public string? OpeningProblem { get; set; }

    /// <summary>What takes the records of the log as it is now; null before it is opened, and once its log is gone.</summary>
    public IPartitionConsumer? Consumer
    {
        get => _consumer;
        set => _consumer = value;
    }

    /// <summary>Offset of the next record to read.</summary>
    public long? Position
    {
        get => Known(ref _position);
        set => Interlocked.Exchange(ref _position, value ?? None);
    }

    /// <summary>One past the log's last record, as of the latest query.</summary>
    public long? End
    {
        get => Known(ref _end);
        set => Interlocked.Exchange(ref _end, value ?? None);
    }

    /// <summary>What the group has committed in this log.</summary>
    public long? Committed
    {
        get => Known(ref _committed);
        set => Interlocked.Exchange(ref _committed, value ?? None);
    }

    /// <summary>When that was committed, by the clock's timestamp.</summary>
    public long CommittedAt { get; set; }

    /// <summary>Where reading began, to be committed at once because no committed offset says so; null otherwise.</summary>
    public long? Pin { get; set; }

    /// <summary>Whether the client was told to pause it.</summary>
    public bool Paused
    {
        get => _paused;
        set => _paused = value;
    }

    /// <summary>When it was paused, by <see cref="Environment.TickCount64"/>.</summary>
    public long PausedAt { get; set; }

    public long Records => Interlocked.Read(ref _records);

    /// <summary>Records read and not yet handed on; touched by the poll thread alone.</summary>
    public List<SourceRecord>? Pending { get; set; }

    /// <summary>When the first of them was read, by <see cref="Environment.TickCount64"/>.</summary>
    public long PendingSince { get; set; }

    /// <summary>Counts records as read. Poll thread only.</summary>
    public void Count(int records) => Interlocked.Add(ref _records, records);

    /// <summary>What to commit: the watermark, or where reading began while there is none.</summary>
    public long? ToCommit => Consumer is { } consumer ? Later(consumer.Watermark, Pin) : null;

    /// <param name="patience">How long opening may take before that is a problem.</param>
    public PartitionStatus Status(TimeSpan patience)
    {
        var (position, end, watermark) = (Position, End, Consumer?.Watermark);
        var done = watermark ?? position;
        // The end is as old as the last query; what was read since lies beyond it.
        var lag = end is { } e && done is { } d ? Math.Max(Math.Max(e, position ?? 0) - d, 0) : (long?)null;
        var full = State == PartitionState.Reading && Consumer is { IsFull: true };
        return new PartitionStatus(
            Id.Topic, Id.Partition.Value, State, position, watermark, Committed, end, lag, Paused || full, Records, Problem(patience));
    }

    private string? Problem(TimeSpan patience)
    {
        var state = State;
        if (state == PartitionState.Stopped || IsMissing) return null;
        if (LeaderProblem is { } leader) return leader;
        if (state == PartitionState.Reading) return null;
        if (OpeningProblem is { } opening) return opening;
        var waited = TimeSpan.FromMilliseconds(Environment.TickCount64 - Interlocked.Read(ref _notReadSince));
        if (waited < patience) return null;
        return state == PartitionState.Opening ? $"opening it has taken {waited.TotalSeconds:0} s so far" : $"it has waited {waited.TotalSeconds:0} s to be opened";
    }

    public override string ToString() => $"{Id.Topic}[{Id.Partition.Value}]";

    private static long? Later(long? a, long? b) => a is null ? b : b is null ? a : Math.Max(a.Value, b.Value);

    private static long? Known(ref long field) => Interlocked.Read(ref field) is var value and not None ? value : null;
}
