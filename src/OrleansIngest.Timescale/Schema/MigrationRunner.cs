using Microsoft.Extensions.Logging;
using Npgsql;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Schema;

/// <summary>
/// Brings the schema up to date, each migration in a transaction of its own. Any number of hosts may do so at once: an
/// advisory lock lets one after the other look, and all but the first find nothing left to do.
/// </summary>
public sealed class MigrationRunner
{
    private const long LockKey = 0x6F696D6967726174; // "oimigrat"

    private const string CreateHistory =
        """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            version INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            checksum TEXT NOT NULL,
            applied_at TIMESTAMPTZ NOT NULL DEFAULT now())
        """;

    // What silos keep of themselves, by Orleans' providers.
    private static readonly string[] ClusterTables =
        ["OrleansQuery", "orleans_cluster", "orleans_silo", "orleans_reminder", "orleans_grain_state"];

    private readonly TimescaleConnections _connections;
    private readonly IReadOnlyList<Migration> _migrations;
    private readonly ILogger _logger;

    /// <summary>Uses the maintenance role.</summary>
    public MigrationRunner(TimescaleConnections connections, ILogger logger)
        : this(connections, Migration.All, logger)
    {
    }

    internal MigrationRunner(TimescaleConnections connections, IReadOnlyList<Migration> migrations, ILogger logger)
    {
        _connections = connections;
        _migrations = migrations;
        _logger = logger;
    }

    /// <summary>The migrations that <see cref="ApplyAsync"/> would apply now; changes nothing.</summary>
    /// <exception cref="SchemaException">An applied migration has another checksum than ours.</exception>
    /// <exception cref="NpgsqlException">The server cannot be reached or refuses; <c>IsTransient</c> tells which.</exception>
    public async Task<IReadOnlyList<Migration>> PlanAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _connections.Maintenance.OpenConnectionAsync(cancellationToken);
        await using var exists = new NpgsqlCommand("SELECT to_regclass('schema_migrations') IS NOT NULL", connection);
        return (bool)(await exists.ExecuteScalarAsync(cancellationToken))!
            ? await PendingAsync(connection, cancellationToken)
            : _migrations;
    }

    /// <summary>Applies what is pending and returns it; then grants the write role what it needs, where another role owns the tables.</summary>
    /// <exception cref="SchemaException">The server has no TimescaleDB, the role may not create it, or a checksum differs.</exception>
    /// <exception cref="NpgsqlException">The server cannot be reached or refuses; <c>IsTransient</c> tells which.</exception>
    public async Task<IReadOnlyList<Migration>> ApplyAsync(CancellationToken cancellationToken)
    {
        var applied = new List<Migration>();
        await using var connection = await _connections.Maintenance.OpenConnectionAsync(cancellationToken);
        await using (var transaction = await BeginLockedAsync(connection, cancellationToken))
        {
            await CreateExtensionAsync(connection, cancellationToken);
            await ExecuteAsync(connection, CreateHistory, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        while (await ApplyNextAsync(connection, cancellationToken) is { } migration)
        {
            applied.Add(migration);
            _logger.MigrationApplied(migration.ToString(), _connections.Endpoint);
        }

        return applied;
    }

    private async Task<Migration?> ApplyNextAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await BeginLockedAsync(connection, cancellationToken);
        var pending = await PendingAsync(connection, cancellationToken);
        if (pending.Count == 0)
        {
            await GrantAsync(connection, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return null;
        }

        var migration = pending[0];
        try
        {
            await ExecuteAsync(connection, migration.Sql, cancellationToken);
        }
        catch (PostgresException error) when (!error.IsTransient)
        {
            throw new SchemaException(
                $"Migration {migration} failed on {_connections.Endpoint} and was rolled back: {DatabaseError.Describe(error)} (SQLSTATE {error.SqlState}).",
                error);
        }

        await using var record = new NpgsqlCommand(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)", connection)
        {
            Parameters =
            {
                new() { Value = migration.Version }, new() { Value = migration.Name }, new() { Value = migration.Checksum },
            },
        };
        await record.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return migration;
    }

    private async Task<IReadOnlyList<Migration>> PendingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var applied = new Dictionary<int, (string Name, string Checksum)>();
        try
        {
            await using var command = new NpgsqlCommand("SELECT version, name, checksum FROM schema_migrations", connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                applied[reader.GetInt32(0)] = (reader.GetString(1), reader.GetString(2));
            }
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.UndefinedColumn)
        {
            throw new SchemaException(
                $"The table schema_migrations of {_connections.Endpoint} belongs to another program ({error.MessageText}). Use a database of its own for OrleansIngest, or another schema: Timescale:ConnectionSettings \"Search Path=…\".",
                error);
        }

        foreach (var migration in _migrations)
        {
            if (applied.TryGetValue(migration.Version, out var known) && known.Checksum != migration.Checksum)
            {
                throw new SchemaException(
                    $"Migration {migration} was applied to {_connections.Endpoint} with other contents: its checksum there is {known.Checksum}, here {migration.Checksum}. An applied migration must not be changed; add a new one, or run the version of the program that applied it.");
            }
        }

        // What is applied and not known here comes from a newer version, and is compatible.
        return [.. _migrations.Where(migration => !applied.ContainsKey(migration.Version))];
    }

    private async Task CreateExtensionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync(connection, "CREATE EXTENSION IF NOT EXISTS timescaledb", cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new SchemaException(
                $"The role may not create the extension timescaledb in {_connections.Endpoint}. As a superuser, once: CREATE EXTENSION timescaledb;",
                error);
        }
        catch (PostgresException error) when (!error.IsTransient)
        {
            throw new SchemaException(
                $"The server of {_connections.Endpoint} does not offer the extension timescaledb: {error.MessageText} (SQLSTATE {error.SqlState}). Install TimescaleDB there and add it to shared_preload_libraries, or point Timescale:Host at a server that has it.",
                error);
        }
    }

    private async Task GrantAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var tables = string.Join(", ", SchemaTable.All.Select(table => table.Name).Concat(ClusterTables));
        var role = new NpgsqlCommandBuilder().QuoteIdentifier(_connections.WriteRole);
        await using var owner = new NpgsqlCommand("SELECT current_user", connection);
        if ((string)(await owner.ExecuteScalarAsync(cancellationToken))! != _connections.WriteRole)
        {
            await ExecuteAsync(connection, $"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {role}", cancellationToken);
            await ExecuteAsync(connection, $"GRANT SELECT ON schema_migrations TO {role}", cancellationToken);
        }
    }

    private static async Task<NpgsqlTransaction> BeginLockedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({LockKey})", cancellationToken);
        return transaction;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
