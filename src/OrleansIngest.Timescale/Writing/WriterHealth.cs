using OrleansIngest.Core.Measuring;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Writing;

/// <summary>What the writer is doing, for readiness, the live page and metrics. Any thread may read it at any time.</summary>
public sealed class WriterHealth
{
    private readonly Outage _outage;
    private long _queuedRows;
    private long _rowsWritten;
    private long _conflicts;
    private long _batches;
    private long _stagedBatches;
    private long _refused;
    private string? _stopReason;
    private bool _brokenSchema;

    internal WriterHealth(Outage outage) => _outage = outage;

    /// <summary>Whether rows are stored at present.</summary>
    public WriterState State =>
        _brokenSchema ? WriterState.BrokenSchema
        : _stopReason is not null ? WriterState.Stopped
        : _outage.Since is not null ? WriterState.Outage
        : WriterState.Ready;

    /// <summary>When the present outage began; null where there is none.</summary>
    public DateTimeOffset? OutageSince => _outage.Since;

    /// <summary>Why the writer stopped; null while it runs.</summary>
    public string? StopReason => _stopReason;

    /// <summary>The last failure that was tried again, of this outage or an earlier one.</summary>
    public string? LastError => _outage.LastError;

    /// <summary>Its SQLSTATE; null where the server gave none, such as for a lost connection.</summary>
    public string? LastSqlState => _outage.LastSqlState;

    /// <summary>Rows that were handed in and are not yet durable.</summary>
    public long QueuedRows => Interlocked.Read(ref _queuedRows);

    /// <summary>Rows that the tables took.</summary>
    public long RowsWritten => Interlocked.Read(ref _rowsWritten);

    /// <summary>Rows that were left out: their key was there already (Ignore), or a later row of the same transaction had it (Update).</summary>
    public long Conflicts => Interlocked.Read(ref _conflicts);

    /// <summary>Transactions that were committed.</summary>
    public long Batches => Interlocked.Read(ref _batches);

    /// <summary>Those of them that went through staging tables.</summary>
    public long StagedBatches => Interlocked.Read(ref _stagedBatches);

    /// <summary>Records that the database refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Tries that failed and were made again.</summary>
    public long Retries => _outage.Failures;

    /// <summary>How long the transactions took that were committed.</summary>
    public LatencyHistogram FlushDuration { get; } = new();

    internal void HandedIn(int rows) => Interlocked.Add(ref _queuedRows, rows);

    internal void Done(int rows) => Interlocked.Add(ref _queuedRows, -rows);

    internal void Committed(int rows, int taken, bool staged, TimeSpan duration)
    {
        Interlocked.Add(ref _rowsWritten, taken);
        Interlocked.Add(ref _conflicts, rows - taken);
        Interlocked.Increment(ref _batches);
        Interlocked.Add(ref _stagedBatches, staged ? 1 : 0);
        FlushDuration.Record((long)duration.TotalMicroseconds);
    }

    internal void RecordRefused() => Interlocked.Increment(ref _refused);

    /// <summary>The first reason is the one that counts.</summary>
    internal void Stopped(string reason, bool brokenSchema)
    {
        if (Interlocked.CompareExchange(ref _stopReason, reason, null) is null)
        {
            _brokenSchema = brokenSchema;
        }
    }
}

/// <summary>Whether rows are stored at present.</summary>
public enum WriterState
{
    /// <summary>The last thing that was tried succeeded.</summary>
    Ready,

    /// <summary>The database cannot take rows; the writer tries again until it can. Nothing is lost.</summary>
    Outage,

    /// <summary>More records were refused than can be poison: the writer stopped, and the schema has to be looked at.</summary>
    BrokenSchema,

    /// <summary>The writer was stopped.</summary>
    Stopped,
}
