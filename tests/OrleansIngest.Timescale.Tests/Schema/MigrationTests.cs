using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.Schema;

namespace OrleansIngest.Timescale.Tests.Schema;

public sealed class MigrationTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    private CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync(migrated: false);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Every_migration_is_applied_once_whoever_asks()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Runner().ApplyAsync(Cancel), Cancel)));

        Assert.Equal(Migration.All.Select(m => m.Version), runs.SelectMany(applied => applied).Select(m => m.Version).Order());
        Assert.Equal(
            Migration.All.Select(m => m.Checksum),
            (await _database.RowsAsync("SELECT checksum FROM schema_migrations ORDER BY version")).Select(row => (string)row[0]!));
        Assert.Empty(await Runner().ApplyAsync(Cancel));
    }

    [Fact]
    public async Task A_plan_lists_what_is_pending_and_changes_nothing()
    {
        Assert.Equal(Migration.All, await Runner().PlanAsync(Cancel));
        Assert.Equal(0L, await _database.ScalarAsync<long>("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));

        await Runner().ApplyAsync(Cancel);
        Assert.Empty(await Runner().PlanAsync(Cancel));
    }

    [Fact]
    public async Task A_migration_that_changed_after_it_was_applied_is_an_error_that_names_it()
    {
        await Runner().ApplyAsync(Cancel);
        var changed = Migration.All.Select(m => m.Version == 2 ? new Migration(2, m.Name, m.Sql + "\n-- changed") : m).ToList();

        var planned = await Assert.ThrowsAsync<SchemaException>(() => Runner(changed).PlanAsync(Cancel));
        var applied = await Assert.ThrowsAsync<SchemaException>(() => Runner(changed).ApplyAsync(Cancel));

        Assert.Contains("0002_device_state_and_sources", planned.Message);
        Assert.Equal(planned.Message, applied.Message);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_behind_and_is_named()
    {
        List<Migration> migrations = [.. Migration.All, new(99, "half", "CREATE TABLE half (a int); SELECT 1 / 0;")];

        var error = await Assert.ThrowsAsync<SchemaException>(() => Runner(migrations).ApplyAsync(Cancel));

        Assert.Contains("0099_half", error.Message);
        Assert.Contains("22012", error.Message);
        Assert.Equal((long)Migration.All.Count, await _database.ScalarAsync<long>("SELECT count(*) FROM schema_migrations"));
        Assert.True(await _database.ScalarAsync<bool>("SELECT to_regclass('half') IS NULL"));
    }

    [Fact]
    public async Task Migrations_of_a_newer_version_are_tolerated()
    {
        await Runner([.. Migration.All, new(99, "newer", "CREATE TABLE newer (a int)")]).ApplyAsync(Cancel);

        Assert.Empty(await Runner().ApplyAsync(Cancel));
    }

    [Fact]
    public async Task Tables_are_hypertables_of_one_day_without_default_indexes()
    {
        await Runner().ApplyAsync(Cancel);

        Assert.Equal(
            ["events", "iot_measurements", "iot_raw_data", "sensor_data"],
            (await _database.RowsAsync(
                "SELECT hypertable_name::text FROM timescaledb_information.dimensions WHERE time_interval = INTERVAL '1 day' ORDER BY 1"))
                .Select(row => (string)row[0]!));
        Assert.Equal(
            ["idx_iot_component", "idx_iot_device_id", "idx_iot_mode", "iot_measurements_pkey"],
            (await _database.RowsAsync("SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public' AND tablename = 'iot_measurements' ORDER BY 1"))
                .Select(row => (string)row[0]!));
    }

    [Fact]
    public async Task A_table_of_the_system_before_is_taken_over_with_its_rows()
    {
        await _database.ExecuteAsync(
            """
            CREATE TABLE iot_measurements (
                timestamp TIMESTAMPTZ NOT NULL, device_id VARCHAR(50) NOT NULL, connector_mode VARCHAR(50) NOT NULL,
                component_type VARCHAR(50) NOT NULL, pin_position VARCHAR(10), value DOUBLE PRECISION, unit VARCHAR(20),
                topic VARCHAR(255),
                PRIMARY KEY (timestamp, device_id, connector_mode, component_type, pin_position));
            INSERT INTO iot_measurements VALUES ('2025-08-20', 'd', 'm', 'c', '1', 1, 'V', 't');
            CREATE TABLE events (
                time TIMESTAMPTZ NOT NULL, event_id UUID NOT NULL, event_type TEXT NOT NULL, user_id TEXT NOT NULL,
                properties JSONB, PRIMARY KEY (event_id, time));
            SELECT create_hypertable('events', 'time');
            """);

        await Runner().ApplyAsync(Cancel);

        await new SchemaCheck(_database.Connections, ConflictRule.Ignore).VerifyAsync(Cancel);
        Assert.Equal(1L, await _database.ScalarAsync<long>("SELECT count(*) FROM iot_measurements"));
        Assert.Equal(1L, await _database.ScalarAsync<long>("SELECT count(*) FROM show_chunks('iot_measurements')"));
    }

    [Fact]
    public async Task A_history_table_of_another_program_is_not_touched()
    {
        await _database.ExecuteAsync("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)");

        var error = await Assert.ThrowsAsync<SchemaException>(() => Runner().ApplyAsync(Cancel));

        Assert.Contains("belongs to another program", error.Message);
    }

    [Fact]
    public async Task A_database_without_the_extension_is_given_it()
    {
        await _database.ExecuteAsync("DROP EXTENSION timescaledb");

        await Runner().ApplyAsync(Cancel);

        Assert.Equal(4L, await _database.ScalarAsync<long>("SELECT count(*) FROM timescaledb_information.hypertables"));
    }

    [Fact]
    public async Task Another_role_than_the_owner_is_granted_what_the_writer_needs()
    {
        var role = $"writer_{Guid.NewGuid():N}";
        await _database.ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'secret'");
        try
        {
            var options = _database.With(o =>
            {
                (o.MaintenanceUsername, o.MaintenancePassword) = (o.Username, o.Password);
                (o.Username, o.Password) = (role, "secret");
            });
            await using var connections = new OrleansIngest.Timescale.Connections.TimescaleConnections(options);

            await new MigrationRunner(connections, NullLogger.Instance).ApplyAsync(Cancel);

            await new SchemaCheck(connections, ConflictRule.Update).VerifyAsync(Cancel);
            Assert.Equal(await Edition.DetectAsync(_database.Connections, Cancel), await Edition.DetectAsync(connections, Cancel));
        }
        finally
        {
            await _database.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task A_database_that_is_missing_is_created_once()
    {
        var options = _database.With(o => o.Database = $"{o.Database}_new");
        try
        {
            Assert.True(await DatabaseCreator.EnsureAsync(options, Cancel));
            Assert.False(await DatabaseCreator.EnsureAsync(options, Cancel));
        }
        finally
        {
            await _database.ExecuteAsync($"DROP DATABASE \"{options.Database}\" WITH (FORCE)");
        }
    }

    [Fact]
    public async Task A_role_that_may_not_create_databases_is_told_so()
    {
        var role = $"poor_{Guid.NewGuid():N}";
        await _database.ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'secret'");
        try
        {
            var options = _database.With(o => (o.Database, o.Username, o.Password) = ($"{o.Database}_new", role, "secret"));

            var error = await Assert.ThrowsAsync<SchemaException>(() => DatabaseCreator.EnsureAsync(options, Cancel));

            Assert.Contains(role, error.Message);
            Assert.Contains("CREATE DATABASE", error.Message);
            Assert.DoesNotContain("secret", error.ToString());
        }
        finally
        {
            await _database.ExecuteAsync($"DROP ROLE {role}");
        }
    }

    private MigrationRunner Runner(IReadOnlyList<Migration>? migrations = null) =>
        new(_database.Connections, migrations ?? Migration.All, NullLogger.Instance);
}
