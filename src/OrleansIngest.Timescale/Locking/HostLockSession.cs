using Npgsql;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Locking;

/// <summary>The connection that holds the host lock, as long as it lives.</summary>
internal sealed class HostLockSession : IAsyncDisposable
{
    private const int PingTimeoutSeconds = 5;

    // Our own former session may live on at the server after the connection broke here.
    private const string EndFormer = "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2";

    private const string FindRival =
        """
        SELECT coalesce(nullif(a.application_name, ''), 'an unknown program'), coalesce(host(a.client_addr), 'the local socket'),
               l.pid, coalesce(to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), 'an unknown time'),
               l.objsubid = 2
        FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.pid <> pg_backend_pid()
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND (l.objsubid = 1 AND (l.classid::bigint << 32) | l.objid::bigint = $1 AND ($2 OR l.mode = 'ExclusiveLock')
            OR l.objsubid = 2 AND l.classid::bigint = ANY ($3) AND l.objid::bigint <> $4)
        ORDER BY l.objsubid, l.pid
        LIMIT 1
        """;

    private readonly NpgsqlConnection _connection;
    private int _backendPid;
    private DateTime _backendStart;

    private HostLockSession(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Whether the loss of this session was logged.</summary>
    public bool IsReported { get; set; }

    /// <summary>One try to take the lock: a session that holds it, or who stands in the way.</summary>
    /// <param name="source">Sessions that are not pooled.</param>
    /// <param name="keys">The locks' keys.</param>
    /// <param name="mode">How to hold it.</param>
    /// <param name="former">The session that held it before and was lost; its remains are ended.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask<HostLockAttempt> TryOpenAsync(
        NpgsqlDataSource source, HostLockKeys keys, HostLockMode mode, HostLockSession? former, CancellationToken cancellationToken)
    {
        var session = new HostLockSession(await source.OpenConnectionAsync(cancellationToken));
        try
        {
            if (former is not null)
            {
                await session.ScalarAsync(EndFormer, cancellationToken, former._backendPid, former._backendStart);
            }

            var taken = await session.ScalarAsync(
                mode == HostLockMode.Exclusive ? "SELECT pg_try_advisory_lock($1)" : "SELECT pg_try_advisory_lock_shared($1)",
                cancellationToken,
                keys.Host) is true;
            // Only now: a writer that has not shown up yet will find that the host lock is ours.
            var rival = await session.FindRivalAsync(keys, mode, cancellationToken);
            if (taken && rival is null)
            {
                await session.RememberBackendAsync(cancellationToken);
                return new(session, null);
            }

            await session.DisposeAsync();
            return new(null, rival ?? "a host that has just gone");
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Null where the session lives, and so the lock is held; else what is wrong.</summary>
    public async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var command = new NpgsqlCommand("SELECT 1", _connection) { CommandTimeout = PingTimeoutSeconds };
            await command.ExecuteNonQueryAsync(cancellationToken);
            return null;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            return DatabaseError.Describe(error);
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async ValueTask<string?> FindRivalAsync(HostLockKeys keys, HostLockMode mode, CancellationToken cancellationToken)
    {
        await using var command = Command(
            FindRival, keys.Host, mode == HostLockMode.Exclusive, keys.RivalWriters.Select(key => (long)(uint)key).ToArray(), (long)(uint)keys.Instance);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return null;
        }

        var what = reader.GetBoolean(4) ? ", which is still writing" : "";
        return $"{reader.GetString(0)} at {reader.GetString(1)} (server process {reader.GetInt32(2)}, since {reader.GetString(3)}){what}";
    }

    private async ValueTask RememberBackendAsync(CancellationToken cancellationToken)
    {
        await using var command = Command("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        _backendPid = reader.GetInt32(0);
        _backendStart = reader.GetDateTime(1);
    }

    private async ValueTask<object?> ScalarAsync(string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private NpgsqlCommand Command(string sql, params object[] parameters)
    {
        var command = new NpgsqlCommand(sql, _connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new() { Value = parameter });
        }

        return command;
    }
}

/// <summary>Either a session that holds the lock, or the host that stands in the way.</summary>
internal readonly record struct HostLockAttempt(HostLockSession? Session, string? Rival);
