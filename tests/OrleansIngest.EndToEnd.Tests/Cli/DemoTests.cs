using System.Text.Json;
using OrleansIngest.Behaviour.Cli;

namespace OrleansIngest.EndToEnd.Tests.Cli;

/// <summary>The command line as a user meets it, with services of its own.</summary>
public sealed class DemoTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Demo_dead_letters_down_up_and_demo_again()
    {
        await using var home = await CliHome.CreateWithServerAsync();
        var first = DemoResult.Of(await home.RunAsync("demo --host standalone --seconds 5 --rate 2000 --devices 100 --json", Cancelled));
        Assert.Equal((0L, 0L), (first["dead_lettered"], first["duplicates"]));
        Assert.True(first["acknowledged"] >= 5_000, $"5 s at 2000 a second were {first["acknowledged"]} records.");
        Assert.Equal(first["stored"], await home.CountRowsAsync(Cancelled));

        var troubled = DemoResult.Of(await home.RunAsync("demo --host standalone --seconds 3 --rate 2000 --malformed 0.01 --duplicates 0.01 --json", Cancelled));
        Assert.True(troubled["dead_lettered"] > 0 && troubled["duplicates"] > 0, "No trouble was made.");

        var letters = await home.RunAsync("dead-letters list --json", Cancelled);
        letters.AssertExit(0);
        Assert.Equal(troubled["dead_lettered"], letters.Output.Count);
        var reasons = letters.Output.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("reason").GetString()!).ToList();
        var some = reasons.Where(r => r != "tombstone").GroupBy(r => r).MaxBy(g => g.Count())!;
        var listed = await home.RunAsync($"dead-letters list --json --reason {some.Key}", Cancelled);
        Assert.Equal(some.Count(), listed.Output.Count);

        Assert.StartsWith($"{some.Count()} would be replayed", (await home.RunAsync($"dead-letters replay --reason {some.Key} --dry-run", Cancelled)).AssertExit(0).Output[^1]);
        Assert.StartsWith($"{some.Count()} replayed", (await home.RunAsync($"dead-letters replay --reason {some.Key}", Cancelled)).AssertExit(0).Output[^1]);
        // What was replayed is read by the next host, and dies again.
        var after = DemoResult.Of(await home.RunAsync("demo --host standalone --seconds 2 --rate 500 --json", Cancelled));
        Assert.Equal(0, after["dead_lettered"]);
        letters = await home.RunAsync($"dead-letters list --json --reason {some.Key}", Cancelled);
        Assert.Equal(2 * some.Count(), letters.Output.Count);

        (await home.RunAsync("status", Cancelled)).AssertExit(0);
        (await home.RunAsync("down", Cancelled)).AssertExit(0);
        (await home.RunAsync("status", Cancelled)).AssertExit(3);
        (await home.RunAsync("up", Cancelled)).AssertExit(0);

        // The database remembers offsets of the first fleet's log; the second fleet's begins at 0 again.
        var before = await home.CountRowsAsync(Cancelled);
        var second = DemoResult.Of(await home.RunAsync("demo --host standalone --seconds 4 --rate 1000 --devices 50 --json", Cancelled));
        Assert.Equal(before + second["stored"], await home.CountRowsAsync(Cancelled));
    }

    [Theory]
    [InlineData("no-such-command")]
    [InlineData("demo --rate fast")]
    [InlineData("simulate --format cobol")]
    [InlineData("run --Kafka:NoSuchSetting=1")]
    [InlineData("dead-letters list --reason bad_weather")]
    public async Task Wrong_usage_ends_with_2_and_says_what_is_wrong(string command)
    {
        await using var home = CliHome.Create();
        var result = (await home.RunAsync(command, Cancelled)).AssertExit(2);
        Assert.NotEmpty(result.Progress);
    }

    [Theory]
    [InlineData("")]
    [InlineData("up")]
    [InlineData("down")]
    [InlineData("status")]
    [InlineData("demo")]
    [InlineData("run")]
    [InlineData("simulate")]
    [InlineData("migrate")]
    [InlineData("test")]
    [InlineData("bench")]
    [InlineData("broker")]
    [InlineData("dead-letters")]
    [InlineData("dead-letters list")]
    [InlineData("dead-letters replay")]
    public async Task Every_command_explains_itself(string command)
    {
        await using var home = CliHome.Create();
        var result = (await home.RunAsync($"{command} --help", Cancelled)).AssertExit(0);
        Assert.Contains(result.Output, l => l.Contains("Usage:"));
    }
}
