using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.Schema;

namespace OrleansIngest.Timescale.Tests.Schema;

public sealed class SchemaCheckTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    private CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task The_migrated_schema_fits()
    {
        await VerifyAsync();
    }

    [Fact]
    public async Task More_columns_and_wider_ones_fit_as_long_as_they_need_no_value()
    {
        await _database.ExecuteAsync(
            """
            ALTER TABLE iot_measurements ADD COLUMN site text, ADD COLUMN quality int NOT NULL DEFAULT 1;
            ALTER TABLE iot_measurements ALTER COLUMN unit TYPE varchar(40), ALTER COLUMN topic TYPE text;
            INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, 'newer', 'x');
            """);

        await VerifyAsync();
    }

    [Fact]
    public async Task One_message_lists_every_mistake_with_table_and_column()
    {
        await _database.ExecuteAsync(
            """
            ALTER TABLE iot_measurements DROP COLUMN unit;
            ALTER TABLE iot_measurements ALTER COLUMN value TYPE real;
            ALTER TABLE iot_measurements ALTER COLUMN topic TYPE varchar(20);
            ALTER TABLE iot_measurements ADD COLUMN site text NOT NULL;
            ALTER TABLE sensor_data ALTER COLUMN message SET NOT NULL;
            DROP INDEX idx_iot_raw_data_source;
            DROP TABLE events;
            """);

        var error = await Assert.ThrowsAsync<SchemaException>(() => VerifyAsync());

        Assert.Contains("iot_measurements.unit: the column is missing (character varying(20))", error.Message);
        Assert.Contains("iot_measurements.value: its type is real, not double precision", error.Message);
        Assert.Contains("iot_measurements.topic: its type is character varying(20), not character varying(255)", error.Message);
        Assert.Contains("iot_measurements.site: this column is not written, but it is NOT NULL without a default", error.Message);
        Assert.Contains("sensor_data.message: it is NOT NULL", error.Message);
        Assert.Contains("iot_raw_data: a unique index on (time, topic, kafka_partition, kafka_offset) is missing", error.Message);
        Assert.Contains("events: the table is missing", error.Message);
    }

    [Fact]
    public async Task A_unique_index_of_part_of_the_rows_is_no_key()
    {
        await _database.ExecuteAsync(
            """
            DROP INDEX idx_iot_raw_data_source;
            CREATE UNIQUE INDEX part ON iot_raw_data (time, topic, kafka_partition, kafka_offset) WHERE kafka_offset > 0;
            """);

        Assert.Contains("iot_raw_data: a unique index", (await Assert.ThrowsAsync<SchemaException>(() => VerifyAsync())).Message);
    }

    [Fact]
    public async Task Rights_that_are_missing_are_named()
    {
        var role = $"reader_{Guid.NewGuid():N}";
        await _database.ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'secret'; GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {role}");
        try
        {
            var options = _database.With(o => (o.Username, o.Password) = (role, "secret"));
            await using var connections = new OrleansIngest.Timescale.Connections.TimescaleConnections(options);

            var ignore = await Assert.ThrowsAsync<SchemaException>(() => new SchemaCheck(connections, ConflictRule.Ignore).VerifyAsync(Cancel));
            var update = await Assert.ThrowsAsync<SchemaException>(() => new SchemaCheck(connections, ConflictRule.Update).VerifyAsync(Cancel));

            Assert.Contains($"device_state: the role \"{role}\" may not UPDATE", ignore.Message);
            Assert.DoesNotContain("iot_measurements", ignore.Message);
            Assert.Contains($"iot_measurements: the role \"{role}\" may not UPDATE", update.Message);
        }
        finally
        {
            await _database.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task A_database_without_TimescaleDB_is_told_from_one_with_it()
    {
        Assert.Matches(@"^\d+\.\d+", (await Edition.DetectAsync(_database.Connections, Cancel)).Version);

        await _database.ExecuteAsync("DROP EXTENSION timescaledb CASCADE");
        Assert.Contains("no TimescaleDB", (await Assert.ThrowsAsync<SchemaException>(() => Edition.DetectAsync(_database.Connections, Cancel))).Message);
    }

    private Task VerifyAsync() => new SchemaCheck(_database.Connections, ConflictRule.Ignore).VerifyAsync(Cancel);
}
