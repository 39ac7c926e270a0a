using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Behaviour.Stages;
using OrleansIngest.Core.Records;

namespace OrleansIngest.EndToEnd.Tests.Cli;

/// <summary><c>ingest run</c>, as a supervisor runs it in production.</summary>
public sealed class RunTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly HostProgram Program = new(
        "standalone", [Path.Combine(AppContext.BaseDirectory, "ingest.dll"), "run", "--host", "standalone"]);

    [Fact]
    public async Task It_reads_into_the_configured_services_and_drains_on_SIGTERM()
    {
        await using var stage = await Stage.SetAsync(Program, TestContext.Current.CancellationToken, [RecordFormat.Decoded]);
        var load = Load.Make(stage.Topics, 2_000, seed: 30);
        var host = await stage.StartReadyHostAsync();
        // The host itself, not a child of it: a signal to the process that the supervisor knows reaches it.
        Assert.Equal(host.Processes[0].Id, (await host.ReadStatusAsync())!.ProcessId);
        await stage.SendAsync(load);
        await stage.WaitUntilDoneAsync(host, Patience);
        await stage.AssertHoldsAsync(load);

        var (exitCode, took) = await host.StopAsync();
        Assert.Equal(0, exitCode);
        Assert.True(took < TimeSpan.FromSeconds(10), host.Describe());
    }

    [Fact]
    public async Task It_ends_with_2_on_a_wrong_configuration()
    {
        await using var host = RunningHost.Start(Program, new HostSettings().With("Kafka:PollRecords", "-1"), TestContext.Current.CancellationToken);
        Assert.Equal(2, await host.WaitForExitAsync(Patience));
        Assert.Contains("Kafka:PollRecords", host.Log.Text);
    }
}
