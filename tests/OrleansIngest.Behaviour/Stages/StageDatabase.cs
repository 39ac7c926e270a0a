using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.Schema;

namespace OrleansIngest.Behaviour.Stages;

/// <summary>A database of one test's own, on the tests' server or on a server of its own that it may stop.</summary>
internal sealed class StageDatabase : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly FaultyServer? _own;

    private StageDatabase(TestDatabase database, FaultyServer? own)
    {
        (_database, _own) = (database, own);
        var options = database.Options;
        Source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
        {
            Host = options.Host, Port = options.Port, Database = options.Database, Username = options.Username, Password = options.Password,
            ApplicationName = "test", MaxPoolSize = 8, CommandTimeout = 120,
        });
    }

    /// <summary>For the test's own statements.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>How a host reaches it. The role owns the tables, so that the host makes them.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Timescale:Host"] = _database.Options.Host,
        ["Timescale:Port"] = $"{_database.Options.Port}",
        ["Timescale:Database"] = _database.Options.Database,
        ["Timescale:Username"] = _database.Options.Username,
        ["Timescale:Password"] = _database.Options.Password,
        ["Timescale:MaintenanceUsername"] = _database.Options.Username,
        ["Timescale:MaintenancePassword"] = _database.Options.Password,
    };

    /// <param name="ownServer">Names the server that the test stops; null for the tests' server. The test is skipped where this machine cannot run one for it.</param>
    public static async Task<StageDatabase> CreateAsync(string? ownServer)
    {
        if (ownServer is null) return new StageDatabase(await TestDatabase.CreateAsync(migrated: false), null);
        try
        {
            var server = await FaultyServer.StartNewAsync(ownServer);
            return new StageDatabase(await TestDatabase.CreateAsync(server.Server, migrated: false), server);
        }
        catch (FaultyServerUnavailableException e)
        {
            Assert.Skip(e.Message);
            throw;
        }
    }

    /// <summary>Makes the tables, as <c>ingest migrate</c> does.</summary>
    public Task MigrateAsync(CancellationToken cancellationToken) =>
        new MigrationRunner(_database.Connections, NullLogger.Instance).ApplyAsync(cancellationToken);

    /// <summary>Stops the server of its own.</summary>
    public async Task StopServerAsync()
    {
        await Own.StopAsync();
        // The connections of the test itself are broken as well.
        Source.Clear();
    }

    /// <summary>Starts it again.</summary>
    public Task StartServerAsync() => Own.StartAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        if (_own is null) await _database.DisposeAsync();
        else await _own.DisposeAsync();
    }

    private FaultyServer Own => _own ?? throw new InvalidOperationException("This server is not the test's own.");
}
