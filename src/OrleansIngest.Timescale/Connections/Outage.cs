using Microsoft.Extensions.Logging;

namespace OrleansIngest.Timescale.Connections;

/// <summary>
/// Whether something can be had from the database at present. Any number of operations may fail and try again at once:
/// the outage begins with the first of them and ends when none is failing, and is logged at these two moments only.
/// </summary>
public sealed class Outage
{
    private readonly Lock _lock = new();
    private readonly string _what;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private int _failing;
    private long _failuresBefore;

    /// <summary>Nothing has failed yet.</summary>
    /// <param name="what">What is done with the database, in the form "Storing rows".</param>
    /// <param name="logger">Told when an outage begins and when it ends.</param>
    /// <param name="time">The clock.</param>
    public Outage(string what, ILogger logger, TimeProvider time)
    {
        _what = what;
        _logger = logger;
        _time = time;
    }

    /// <summary>When the present outage began; null where there is none.</summary>
    public DateTimeOffset? Since { get; private set; }

    /// <summary>The last failure, of this outage or an earlier one; null where there never was one.</summary>
    public string? LastError { get; private set; }

    /// <summary>Its SQLSTATE; null where the server gave none, such as for a lost connection.</summary>
    public string? LastSqlState { get; private set; }

    /// <summary>Failed tries of all outages.</summary>
    public long Failures { get; private set; }

    internal void Failed(Exception error, bool first)
    {
        lock (_lock)
        {
            LastError = DatabaseError.Describe(error);
            LastSqlState = DatabaseError.SqlState(error);
            Failures++;
            if (first && _failing++ == 0)
            {
                Since = _time.GetUtcNow();
                _failuresBefore = Failures - 1;
                _logger.OutageBegan(_what, LastError, LastSqlState ?? "none");
            }
        }
    }

    /// <summary>An operation that had failed ended: with success, or given up.</summary>
    internal void Ended(bool success)
    {
        lock (_lock)
        {
            if (--_failing > 0)
            {
                return;
            }

            if (success)
            {
                _logger.OutageEnded(_what, (_time.GetUtcNow() - Since!.Value).TotalSeconds, Failures - _failuresBefore);
            }

            Since = null;
        }
    }
}
