using OrleansIngest.Behaviour.Cli;

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
        Assert.Equal(stored, await owner.CountRowsAsync(Cancelled, "ingest_demo"));
        Assert.Equal(0, await owner.CountRowsAsync(Cancelled));

        var agreed = DemoResult.Of(await guest.RunAsync("demo --host standalone --yes --seconds 2 --rate 500 --json", Cancelled));
        Assert.Equal(agreed["stored"], await owner.CountRowsAsync(Cancelled));
        Assert.Equal(stored, await owner.CountRowsAsync(Cancelled, "ingest_demo"));
        Assert.False(File.Exists(Path.Combine(guest.Local, "services.env")), "The guest started services.");
    }
}
