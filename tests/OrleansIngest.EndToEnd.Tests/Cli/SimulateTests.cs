using OrleansIngest.Behaviour.Cli;

namespace OrleansIngest.EndToEnd.Tests.Cli;

/// <summary>The commands that work alone with one of the services: <c>simulate</c> with the broker, <c>migrate</c> with the database.</summary>
public sealed class SimulateTests
{
    private const int Count = 200;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_simulated_is_stored_by_the_next_host_and_migrate_says_what_it_does()
    {
        await using var home = await CliHome.CreateWithServerAsync();
        (await home.RunAsync("up", Cancelled)).AssertExit(0);

        // Neither is configured, nor hindered by what is said of the other: what was started here is taken.
        home.Environment["TIMESCALE_HOST"] = "nowhere.invalid";
        foreach (var format in (string[])["decoded", "raw", "sensor", "event"])
        {
            var simulated = (await home.RunAsync($"simulate --format {format} --count {Count} --rate 0 --devices 20", Cancelled)).AssertExit(0);
            Assert.Contains($"{Count} acknowledged", string.Join('\n', simulated.Output) + simulated.Progress);
        }

        home.Environment.Remove("TIMESCALE_HOST");
        home.Environment["KAFKA_BOOTSTRAP_SERVERS"] = "nowhere.invalid:9092";
        var planned = (await home.RunAsync("migrate --dry-run", Cancelled)).AssertExit(0).Output;
        Assert.NotEmpty(planned);
        Assert.All(planned, line => Assert.StartsWith("would apply ", line));
        Assert.Equal(0, await home.CountRowsAsync(Cancelled));
        var applied = (await home.RunAsync("migrate", Cancelled)).AssertExit(0).Output;
        Assert.Equal(planned.Select(line => line["would apply ".Length..]), applied.Select(line => line["applied ".Length..]));
        Assert.Empty((await home.RunAsync("migrate", Cancelled)).AssertExit(0).Output);

        home.Environment.Remove("KAFKA_BOOTSTRAP_SERVERS");
        var demo = DemoResult.Of(await home.RunAsync("demo --host standalone --seconds 2 --rate 500 --json", Cancelled));
        Assert.Equal(demo["stored"] + (4 * Count), await home.CountRowsAsync(Cancelled));
    }
}
