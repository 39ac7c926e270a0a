using Npgsql;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Writing;

/// <summary>
/// Makes records durable, whatever it takes: COPY straight into the tables, staging where keys are there already,
/// trying again where the database is away, bisecting where the database refuses. Used by one loop, one call at a time.
/// </summary>
internal sealed class RecordStore : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly TableStatements[] _statements;
    private readonly Func<NpgsqlConnection, CancellationToken, ValueTask>? _opened;
    private readonly TransientRetry _retry;
    private readonly Outage _outage;
    private readonly WriterHealth _health;
    private readonly RejectWindow _window;
    private readonly TimeProvider _time;
    private readonly int _stagingBatches;
    private readonly RowsByTable _rows = new();
    private readonly List<(int Index, RefusedRecord Record)> _refused = [];
    private WriterSession? _session;
    private int _toStage;

    public RecordStore(
        NpgsqlDataSource source,
        TimescaleOptions options,
        Func<NpgsqlConnection, CancellationToken, ValueTask>? opened,
        Outage outage,
        WriterHealth health,
        RejectWindow window,
        TimeProvider time)
    {
        _source = source;
        _statements = TableStatements.For(options.OnConflict);
        _opened = opened;
        _retry = new TransientRetry(options, time);
        _outage = outage;
        _health = health;
        _window = window;
        _time = time;
        _stagingBatches = options.StagingBatches;
    }

    /// <summary>What the database refused of the last call's records, with the index of each, ascending.</summary>
    public List<(int Index, RefusedRecord Record)> Refused => _refused;

    /// <summary>Returns when each record is durable or among <see cref="Refused"/>.</summary>
    /// <exception cref="WriterStoppedException">So many were refused that the schema must be broken, or the host lost its lock.</exception>
    /// <exception cref="OperationCanceledException">Given up.</exception>
    public async Task StoreAsync(List<DecodedRecord> records, CancellationToken cancellationToken)
    {
        _refused.Clear();
        await StoreRangeAsync(records, 0, records.Count, cancellationToken);
        _toStage = Math.Max(0, _toStage - 1);
        _rows.Clear();
    }

    public ValueTask DisposeAsync() => CloseSessionAsync();

    private async Task StoreRangeAsync(List<DecodedRecord> records, int from, int to, CancellationToken cancellationToken)
    {
        _rows.Load(records, from, to);
        try
        {
            await _retry.RunAsync(TryStoreAsync, _outage, cancellationToken);
            _window.Stored(to - from);
        }
        catch (Exception error) when (DatabaseError.IsRefusal(error))
        {
            // From here on not optimistic: the halves are small, and a COPY of them has no more to offer.
            _toStage = Math.Max(_toStage, 1);
            if (to - from == 1)
            {
                Refuse(records[from], from, error);
                return;
            }

            var middle = from + ((to - from) / 2);
            await StoreRangeAsync(records, from, middle, cancellationToken);
            await StoreRangeAsync(records, middle, to, cancellationToken);
        }
    }

    private void Refuse(DecodedRecord record, int index, Exception error)
    {
        _health.RecordRefused();
        _refused.Add((index, new RefusedRecord(record, DatabaseError.SqlState(error)!, DatabaseError.Describe(error))));
        if (_window.Refused())
        {
            throw new BrokenSchemaException(DatabaseError.Describe(error));
        }
    }

    private async ValueTask TryStoreAsync(CancellationToken cancellationToken)
    {
        try
        {
            var session = await OpenSessionAsync(cancellationToken);
            var started = _time.GetTimestamp();
            if (_toStage == 0 && await TryCopyAsync(session, cancellationToken))
            {
                _health.Committed(_rows.Count, _rows.Count, staged: false, _time.GetElapsedTime(started));
                return;
            }

            var taken = await session.StageAsync(_rows, cancellationToken);
            _health.Committed(_rows.Count, taken, staged: true, _time.GetElapsedTime(started));
        }
        catch (Exception error) when (!DatabaseError.IsRefusal(error))
        {
            // Whether a commit went through that was under way is not known: what is tried again may be there already.
            _toStage = Math.Max(_toStage, 1);
            await CloseSessionAsync();
            throw;
        }
    }

    /// <summary>False where a key was there already: then this batch and the next ones go through staging.</summary>
    private async ValueTask<bool> TryCopyAsync(WriterSession session, CancellationToken cancellationToken)
    {
        try
        {
            await session.CopyAsync(_rows, cancellationToken);
            return true;
        }
        catch (PostgresException error) when (DatabaseError.IsConflict(error))
        {
            _toStage = _stagingBatches + 1;
            return false;
        }
    }

    private async ValueTask<WriterSession> OpenSessionAsync(CancellationToken cancellationToken)
    {
        if (_session is { IsOpen: false })
        {
            await CloseSessionAsync();
        }

        return _session ??= await WriterSession.OpenAsync(_source, _statements, _opened, cancellationToken);
    }

    private async ValueTask CloseSessionAsync()
    {
        var session = _session;
        _session = null;
        if (session is not null)
        {
            await session.DisposeAsync();
        }
    }
}

/// <summary>More records were refused than can be poison.</summary>
internal sealed class BrokenSchemaException(string lastRefusal) : Exception(lastRefusal);
