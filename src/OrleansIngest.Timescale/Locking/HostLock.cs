using Microsoft.Extensions.Logging;
using Npgsql;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Locking;

/// <summary>
/// Keeps a second host with the same group id off the same database. The lock lives in a session of its own; where that
/// session is lost, it is taken again before anything is written over a new connection, or the host learns that it
/// <see cref="Lost"/> it.
/// </summary>
/// <remarks>
/// Why two hosts never write at once, without a question to the database per batch: every writing session first takes
/// its writers' lock, which it keeps as long as it lives, and then makes sure that the host lock is held. Whoever takes
/// the host lock looks afterwards for other hosts' writers and gives way where there is one. So of a writer that begins
/// and a host that takes over, at least one sees the other.
/// </remarks>
public sealed class HostLock : IAsyncDisposable
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TryInterval = TimeSpan.FromMilliseconds(250);

    private readonly string _groupId;
    private readonly HostLockMode _mode;
    private readonly HostLockKeys _keys;
    private readonly NpgsqlDataSource _source;
    private readonly TransientRetry _retry;
    private readonly Outage _outage;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HostLockSession? _session;
    private Task _watching = Task.CompletedTask;

    /// <summary>Takes nothing yet.</summary>
    /// <param name="connections">The database that the lock belongs to.</param>
    /// <param name="options">Delays between tries while the database is away.</param>
    /// <param name="groupId">The Kafka group id.</param>
    /// <param name="mode">Alone, or beside others of the same mode.</param>
    /// <param name="logger">Told when the lock is taken, lost and taken again.</param>
    /// <param name="time">The clock.</param>
    public HostLock(
        TimescaleConnections connections,
        TimescaleOptions options,
        string groupId,
        HostLockMode mode,
        ILogger<HostLock> logger,
        TimeProvider time)
    {
        _groupId = groupId;
        _mode = mode;
        _keys = new HostLockKeys(groupId, mode);
        _source = connections.Sessions;
        _retry = new TransientRetry(options, time);
        _outage = new Outage("Taking the host lock", logger, time);
        _logger = logger;
        _time = time;
    }

    /// <summary>
    /// How long another holder is waited for: a host that was killed a moment ago may still have a session at the
    /// server. Default 5 s.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Completes, with the reason, when another host has the lock: this one is to drain and exit.</summary>
    public Task<string> Lost => _lost.Task;

    /// <summary>Takes the lock; waits as long as the database is away.</summary>
    /// <exception cref="HostLockHeldException">Another host holds it; the message says who.</exception>
    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        await TakeAsync(null, cancellationToken);
        _logger.HostLockTaken(_mode == HostLockMode.Exclusive ? "exclusive" : "shared", _groupId);
        _watching = WatchAsync();
    }

    /// <summary>
    /// To be called for every connection before anything is written over it. Returns when this host holds the lock and
    /// the connection keeps others from taking it; waits as long as the database is away.
    /// </summary>
    /// <exception cref="WriterStoppedException">Another host holds the lock.</exception>
    public async ValueTask GuardAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_advisory_lock_shared($1, $2)", connection)
        {
            Parameters = { new() { Value = _keys.Writers }, new() { Value = _keys.Instance } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
        await EnsureHeldAsync(cancellationToken);
    }

    /// <summary>Gives the lock back; to be called after the writer stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _watching;
        if (_session is not null)
        {
            await _session.DisposeAsync();
        }
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(PingInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_closing.Token))
            {
                await EnsureHeldAsync(_closing.Token);
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The host gives the lock back.
        }
        catch (WriterStoppedException)
        {
            // Lost has completed: nothing is left to watch.
        }
    }

    private async Task EnsureHeldAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_lost.Task.IsCompleted)
            {
                throw new WriterStoppedException(await _lost.Task);
            }

            var session = _session ?? throw new InvalidOperationException("The host lock has not been acquired.");
            if (await session.PingAsync(cancellationToken) is { } error)
            {
                await RetakeAsync(session, error, cancellationToken);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task RetakeAsync(HostLockSession former, string error, CancellationToken cancellationToken)
    {
        if (!former.IsReported)
        {
            former.IsReported = true;
            _logger.HostLockConnectionLost(_groupId, error);
        }

        var started = _time.GetTimestamp();
        await former.DisposeAsync();
        try
        {
            await TakeAsync(former, cancellationToken);
            _logger.HostLockRetaken(_groupId, _time.GetElapsedTime(started).TotalSeconds);
        }
        catch (HostLockHeldException held)
        {
            _logger.HostLockLost(held.Message);
            _lost.TrySetResult(held.Message);
            throw new WriterStoppedException(held.Message, held);
        }
    }

    /// <summary>Takes the lock, or throws when another host has had it for as long as <see cref="Patience"/>.</summary>
    private async Task TakeAsync(HostLockSession? former, CancellationToken cancellationToken)
    {
        long? refusedSince = null;
        while (true)
        {
            HostLockAttempt attempt = default;
            await _retry.RunAsync(
                async token => attempt = await HostLockSession.TryOpenAsync(_source, _keys, _mode, former, token),
                _outage,
                cancellationToken);
            if (attempt.Session is { } session)
            {
                _session = session;
                return;
            }

            var now = _time.GetTimestamp();
            refusedSince ??= now;
            if (_time.GetElapsedTime(refusedSince.Value, now) >= Patience)
            {
                throw new HostLockHeldException(_groupId, _mode, attempt.Rival!);
            }

            await Task.Delay(TryInterval, _time, cancellationToken);
        }
    }
}

/// <summary>How a host holds its lock.</summary>
public enum HostLockMode
{
    /// <summary>No other host of the group may run: standalone.</summary>
    Exclusive,

    /// <summary>Other hosts in this mode may run beside it: silos.</summary>
    Shared,
}

/// <summary>Another host holds the lock.</summary>
public sealed class HostLockHeldException : Exception
{
    internal HostLockHeldException(string groupId, HostLockMode mode, string rival)
        : base($"Another host {(mode == HostLockMode.Exclusive ? "" : "that tolerates no other ")}works for group \"{groupId}\" in this database: {rival}. Stop it first, or give this host another Kafka group id or database.")
    {
        Rival = rival;
    }

    /// <summary>Who holds it: the session's application name, client address, process id and start, as the server knows them.</summary>
    public string Rival { get; }
}
