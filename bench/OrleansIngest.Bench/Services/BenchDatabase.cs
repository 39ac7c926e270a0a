using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OrleansIngest.Core.Rows;
using OrleansIngest.Hosting;
using OrleansIngest.Timescale;
using OrleansIngest.Timescale.Connections;
using OrleansIngest.Timescale.Schema;

namespace OrleansIngest.Bench.Services;

/// <summary>A database for the benchmarks alone, with the schema of a host; dropped in the end.</summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    /// <summary>Its name.</summary>
    public const string Name = "ingest_bench";

    // Any number that nothing else locks in the database "postgres".
    private const long OnlyOne = 0x6F69_6265_6E63_68;

    private readonly NpgsqlDataSource _administration;
    private readonly NpgsqlConnection _lock;

    private BenchDatabase(NpgsqlDataSource administration, NpgsqlConnection theLock, TimescaleOptions options)
    {
        _administration = administration;
        _lock = theLock;
        Options = options;
        Connections = new TimescaleConnections(options);
    }

    /// <summary>How to reach it.</summary>
    public TimescaleOptions Options { get; }

    /// <summary>The ways to it.</summary>
    public TimescaleConnections Connections { get; }

    /// <summary>Makes it anew: what a run left behind that was killed is dropped.</summary>
    /// <exception cref="BenchException">Another benchmark uses it.</exception>
    public static async Task<BenchDatabase> CreateAsync(TimescaleOptions options, CancellationToken cancellationToken)
    {
        var owner = options.MaintenanceUsername.Length > 0;
        var administration = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(options.ConnectionSettings)
        {
            Host = options.Host,
            Port = options.Port,
            Database = "postgres",
            Username = owner ? options.MaintenanceUsername : options.Username,
            Password = owner ? options.MaintenancePassword : options.Password,
        });
        var theLock = await administration.OpenConnectionAsync(cancellationToken);
        await using (var command = new NpgsqlCommand($"SELECT pg_try_advisory_lock({OnlyOne})", theLock))
        {
            if (await command.ExecuteScalarAsync(cancellationToken) is not true)
            {
                await administration.DisposeAsync();
                throw new BenchException(ExitCodes.Unavailable, $"Another benchmark uses the database \"{Name}\" on {options.Host}:{options.Port}. Wait for its end.");
            }
        }

        await DropAsync(administration);
        await DatabaseCreator.EnsureAsync(options, cancellationToken);
        var database = new BenchDatabase(administration, theLock, options);
        await new MigrationRunner(database.Connections, NullLogger.Instance).ApplyAsync(cancellationToken);
        return database;
    }

    /// <summary>Empties every table.</summary>
    public async Task EmptyAsync(CancellationToken cancellationToken)
    {
        var tables = string.Join(", ", Tables.All.Select(t => t.Name).Concat(["device_state", "source_partitions"]));
        await using var command = Connections.Maintenance.CreateCommand($"TRUNCATE {tables}");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Rows in <c>iot_measurements</c>.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = Connections.Maintenance.CreateCommand($"SELECT count(*) FROM {Tables.Measurements.Name}");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Connections.DisposeAsync();
        await DropAsync(_administration);
        await _lock.DisposeAsync();
        await _administration.DisposeAsync();
    }

    private static async Task DropAsync(NpgsqlDataSource administration)
    {
        await using var drop = administration.CreateCommand($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");
        await drop.ExecuteNonQueryAsync();
    }
}
