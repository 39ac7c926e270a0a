using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Tests.Connections;

public sealed class TimescaleConnectionsTests
{
    [Fact]
    public async Task Sessions_are_listed_under_the_role_host_and_process_and_end_when_they_are_closed()
    {
        await using var database = await TestDatabase.CreateAsync(migrated: false);
        var name = $"orleans-ingest test {Environment.MachineName}/{Environment.ProcessId}";

        await using (await database.Connections.Sessions.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            Assert.Equal(1L, await CountAsync());
        }

        await Until.TrueAsync(async () => await CountAsync() == 0, "the server has ended the session");

        Task<long> CountAsync() => database.ScalarAsync<long>(
            $"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = '{name}'");
    }

    [Fact]
    public async Task Connection_settings_are_added_and_do_not_replace_host_and_role()
    {
        await using var database = await TestDatabase.CreateAsync(migrated: false);
        var options = database.With(o => o.ConnectionSettings = "Search Path=pg_catalog;Host=elsewhere;Username=nobody");
        await using var connections = new TimescaleConnections(options);
        await using var command = connections.Queries.CreateCommand("SELECT current_setting('search_path') || ' ' || current_user");

        Assert.Equal($"pg_catalog {options.Username}", await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("Password=hunter2;No Such Setting=1")]
    [InlineData("Password=hunter2;SSL Mode=hunter2")]
    [InlineData("hunter2")]
    public void Settings_that_cannot_be_read_are_an_error_that_does_not_quote_them(string settings)
    {
        var options = new TimescaleOptions { Host = "h", Username = "u", Password = "hunter2", ConnectionSettings = settings };

        var error = Assert.Throws<ArgumentException>(() => new TimescaleConnections(options));

        Assert.Contains("Timescale:ConnectionSettings", error.Message);
        Assert.DoesNotContain("hunter2", error.ToString());
    }

    [Fact]
    public async Task A_failure_to_log_in_does_not_show_the_password()
    {
        await using var database = await TestDatabase.CreateAsync(migrated: false);
        await using var connections = new TimescaleConnections(database.With(o => o.Password = "hunter2"));

        var error = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => connections.Queries.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask());

        Assert.Equal("28P01", error.SqlState);
        Assert.DoesNotContain("hunter2", error.ToString());
        Assert.DoesNotContain("hunter2", connections.Queries.ConnectionString + connections.Sessions.ConnectionString);
    }
}
