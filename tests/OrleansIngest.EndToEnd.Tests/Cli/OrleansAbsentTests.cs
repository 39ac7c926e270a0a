using OrleansIngest.Behaviour.Cli;

namespace OrleansIngest.EndToEnd.Tests.Cli;

/// <summary>Where the NuGet sources lack Orleans, everything else works and one line says so.</summary>
public sealed class OrleansAbsentTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("demo --host silo")]
    [InlineData("demo --silos 3")]
    [InlineData("run --host silo")]
    public async Task A_silo_is_refused_with_3_and_the_way_out(string command)
    {
        await using var home = CliHome.Create();
        home.Environment["INGEST_ORLEANS"] = "absent";
        var result = (await home.RunAsync(command, Cancelled)).AssertExit(3);
        Assert.Contains("packages absent", result.Progress);
        Assert.Contains("--host standalone", result.Progress);
    }

    [Theory]
    [InlineData("absent", "packages absent")]
    [InlineData("unreachable", "package source unreachable")]
    public async Task Tests_that_did_not_run_are_a_failure_only_where_they_are_required(string found, string reason)
    {
        await using var home = CliHome.Create();
        home.UseServicesOfTests();
        home.Environment["INGEST_ORLEANS"] = found;

        // One quick test, so that something is passed beside what did not run.
        const string quick = "Nothing_recorded_is_zero";
        var tolerated = (await home.RunAsync($"test {quick}", Cancelled)).AssertExit(0);
        Assert.Equal(($"Orleans tests: not run ({reason})", "1 passed, 0 failed, 1 skipped"), (tolerated.Output[^2], tolerated.Output[^1]));

        var required = (await home.RunAsync($"test --require-orleans {quick}", Cancelled)).AssertExit(1);
        Assert.Equal(($"Orleans tests: not run ({reason})", "1 passed, 1 failed, 0 skipped"), (required.Output[^2], required.Output[^1]));

        var mistyped = (await home.RunAsync("test No_test_is_called_so", Cancelled)).AssertExit(2);
        Assert.Contains("No_test_is_called_so", mistyped.Progress);
    }
}
