using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OrleansIngest.Timescale;
using OrleansIngest.Timescale.Connections;
using OrleansIngest.Timescale.Schema;

namespace OrleansIngest.Testing.Timescale;

/// <summary>A database of its own, dropped when its tests are done.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly TimescaleTestServer _server;
    private readonly NpgsqlDataSource _own; // not pooled: tests end other connections, and must not end these

    private TestDatabase(TimescaleTestServer server, string name)
    {
        _server = server;
        Options = server.OptionsFor(name);
        Connections = new TimescaleConnections(Options, "test");
        _own = Source(server, name);
    }

    /// <summary>How to reach it.</summary>
    public TimescaleOptions Options { get; }

    /// <summary>The connections that the product would use.</summary>
    public TimescaleConnections Connections { get; }

    /// <summary>A new database with the product's schema, or without any tables.</summary>
    public static async Task<TestDatabase> CreateAsync(TimescaleTestServer? server = null, bool migrated = true)
    {
        server ??= TimescaleTestServer.Find();
        var database = new TestDatabase(server, $"test_{Guid.NewGuid():N}");
        await DatabaseCreator.EnsureAsync(database.Options, CancellationToken.None);
        if (migrated)
        {
            await new MigrationRunner(database.Connections, NullLogger.Instance).ApplyAsync(CancellationToken.None);
        }

        return database;
    }

    /// <summary>The same database with other settings.</summary>
    public TimescaleOptions With(Action<TimescaleOptions> change)
    {
        var options = _server.OptionsFor(Options.Database);
        change(options);
        return options;
    }

    /// <summary>Runs statements.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var command = _own.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first value of a query.</summary>
    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _own.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>All rows of a query, each as the values of its columns; NULL is null.</summary>
    public async Task<List<object?[]>> RowsAsync(string sql)
    {
        await using var command = _own.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<object?[]>();
        while (await reader.ReadAsync())
        {
            var row = new object?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
            }

            rows.Add(row);
        }

        return rows;
    }

    /// <summary>Drops it, whoever is still connected.</summary>
    public async ValueTask DisposeAsync()
    {
        await Connections.DisposeAsync();
        await _own.DisposeAsync();
        await using var source = Source(_server, "postgres");
        await using var drop = source.CreateCommand($"DROP DATABASE IF EXISTS \"{Options.Database}\" WITH (FORCE)");
        await drop.ExecuteNonQueryAsync();
    }

    /// <summary>A connection that tests may keep a transaction open on.</summary>
    public async Task<NpgsqlConnection> OpenConnectionAsync() => await _own.OpenConnectionAsync();

    private static NpgsqlDataSource Source(TimescaleTestServer server, string database) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
        {
            Host = server.Host,
            Port = server.Port,
            Username = server.User,
            Password = server.Password,
            Database = database,
            Pooling = false,
            ApplicationName = "the test itself",
        });
}
