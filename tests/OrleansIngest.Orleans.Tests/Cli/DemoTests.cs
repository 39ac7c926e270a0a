using System.Diagnostics;
using System.Globalization;
using OrleansIngest.Behaviour.Cli;
using OrleansIngest.Behaviour.Hosts;

namespace OrleansIngest.Orleans.Tests.Cli;

/// <summary><c>ingest demo</c> with silos, on services of its own.</summary>
public sealed class DemoTests
{
    private const int Silos = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_silo_is_the_default_and_three_lose_nothing_when_one_is_killed()
    {
        await using var home = await CliHome.CreateWithServerAsync();
        var first = DemoResult.Of(await home.RunAsync("demo --seconds 4 --rate 1000 --devices 100 --json", Cancelled), "silo", 1);

        var demo = home.RunAsync($"demo --silos {Silos} --seconds 20 --rate 1000 --devices 200 --json", Cancelled);
        var processes = Path.Combine(home.Local, "demo-host.pid");
        await Await.UntilAsync("rows of the second demo", Patience, () => StoresMoreThanAsync(home, first["stored"] + 1_000), () => demo.IsCompleted ? demo.Result.Progress : "The demo runs.", Cancelled);
        using (var silo = Process.GetProcessById(int.Parse((await File.ReadAllLinesAsync(processes, Cancelled))[1], CultureInfo.InvariantCulture))) silo.Kill();

        var result = await demo;
        DemoResult.Of(result, "silo", Silos);
        Assert.Contains("137", result.Progress); // the exit code of the one that was killed
    }

    // More rows than the first demo left: all silos are ready, and records flow.
    private static async Task<bool> StoresMoreThanAsync(CliHome home, long rows) => await home.CountRowsAsync(Cancelled) > rows;
}
