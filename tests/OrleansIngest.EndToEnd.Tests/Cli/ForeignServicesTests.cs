using Npgsql;
using OrleansIngest.Behaviour.Cli;
using OrleansIngest.Testing.Timescale;

namespace OrleansIngest.EndToEnd.Tests.Cli;

/// <summary>A demo on a broker and a server that it did not start: somebody's data may be in them.</summary>
public sealed class ForeignServicesTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_demo_keeps_to_topics_and_a_database_of_its_own_unless_told_otherwise()
    {
        await using var owner = await CliHome.CreateWithServerAsync();
        (await owner.RunAsync("up", Cancelled)).AssertExit(0);
        await using var guest = CliHome.Create();
        guest.UseServicesOf(owner);

        var apart = await guest.RunAsync("demo --host standalone --seconds 2 --rate 500 --json", Cancelled);
        var stored = DemoResult.Of(apart)["stored"];
        Assert.Contains("topics demo.*", apart.Progress);
        Assert.Contains("database ingest_demo", apart.Progress);
        Assert.Equal(stored, await CountRowsAsync(owner, "ingest_demo"));
        Assert.Equal(0, await CountRowsAsync(owner, "ingest"));

        var agreed = DemoResult.Of(await guest.RunAsync("demo --host standalone --yes --seconds 2 --rate 500 --json", Cancelled));
        Assert.Equal(agreed["stored"], await CountRowsAsync(owner, "ingest"));
        Assert.Equal(stored, await CountRowsAsync(owner, "ingest_demo"));
        Assert.False(File.Exists(Path.Combine(guest.Local, "services.env")), "The guest started services.");
    }

    // Without tables there are no rows: nobody migrated a database that nobody wrote to.
    private static async Task<long> CountRowsAsync(CliHome owner, string database)
    {
        var server = TimescaleTestServer.FromFile(Path.Combine(owner.Local, "services.env"))!;
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
        {
            Host = server.Host, Port = server.Port, Username = server.User, Password = server.Password, Database = database, Pooling = false,
        });
        await using var exists = source.CreateCommand("SELECT to_regclass('iot_measurements') IS NOT NULL");
        if (!(bool)(await exists.ExecuteScalarAsync(Cancelled))!) return 0;
        long rows = 0;
        foreach (var table in (string[])["iot_measurements", "iot_raw_data", "sensor_data", "events"])
        {
            await using var count = source.CreateCommand($"SELECT count(*) FROM {table}");
            rows += (long)(await count.ExecuteScalarAsync(Cancelled))!;
        }

        return rows;
    }
}
