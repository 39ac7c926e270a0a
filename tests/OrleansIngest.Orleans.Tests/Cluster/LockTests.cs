using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Stages;
using OrleansIngest.Behaviour.Suite;
using OrleansIngest.Core.Records;
using OrleansIngest.Hosting;
using OrleansIngest.Orleans.Tests.Silo;
using OrleansIngest.Timescale;
using OrleansIngest.Timescale.Connections;
using OrleansIngest.Timescale.Locking;

namespace OrleansIngest.Orleans.Tests.Cluster;

/// <summary>Silos of a cluster and a host that tolerates no other keep each other out.</summary>
public sealed class LockTests : HostBehaviour
{
    protected override HostProgram Program => SiloProgram.Clustered;

    [Fact]
    public async Task Where_silos_work_no_other_host_may()
    {
        await using var stage = await SetStageAsync([RecordFormat.Raw]);
        var silo = await stage.StartReadyHostAsync();

        await using var connections = new TimescaleConnections(Options(stage), "standalone");
        await using var standalone = Lock(stage, connections);
        var held = await Assert.ThrowsAsync<HostLockHeldException>(() => standalone.AcquireAsync(Cancelled));

        Assert.Contains($"/{silo.Processes[0].Id} ", held.Message);
    }

    [Fact]
    public async Task Where_another_host_works_no_silo_may()
    {
        await using var stage = await SetStageAsync([RecordFormat.Raw]);
        await using var connections = new TimescaleConnections(Options(stage), "standalone");
        await using var standalone = Lock(stage, connections);
        await standalone.AcquireAsync(Cancelled);

        var silo = stage.StartHost();

        Assert.Equal(ExitCodes.Unavailable, await silo.WaitForExitAsync(Patience));
        Assert.Contains($"orleans-ingest standalone {Environment.MachineName}/{Environment.ProcessId} ", silo.Log.Text);
        Assert.Contains(stage.GroupId, silo.Log.Text);
    }

    private static HostLock Lock(Stage stage, TimescaleConnections connections) => new(
        connections, Options(stage), stage.GroupId, HostLockMode.Exclusive, NullLogger<HostLock>.Instance, TimeProvider.System);

    private static TimescaleOptions Options(Stage stage)
    {
        var settings = stage.Settings.Arguments;
        return new TimescaleOptions
        {
            Host = settings["Timescale:Host"],
            Port = int.Parse(settings["Timescale:Port"], System.Globalization.CultureInfo.InvariantCulture),
            Database = settings["Timescale:Database"],
            Username = settings["Timescale:Username"],
            Password = settings["Timescale:Password"],
        };
    }
}
