using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Suite;
using OrleansIngest.Core.Records;
using OrleansIngest.Hosting;
using OrleansIngest.Orleans.Tests.Silo;

namespace OrleansIngest.Orleans.Tests.Cluster;

/// <summary>A silo that the others have given up.</summary>
public sealed class EvictionTests : HostBehaviour
{
    private const int Evicted = 1107;

    protected override HostProgram Program => SiloProgram.Clustered;

    [Fact]
    public async Task It_ends_its_process_with_1_and_another_takes_over()
    {
        await using var stage = await SetStageAsync([RecordFormat.Decoded]);
        var silo = await stage.StartReadyHostAsync();
        var load = MixedLoad(stage, 2_000, seed: 52);
        await stage.SendAsync(load);
        await stage.WaitUntilDoneAsync(silo, Patience);

        // It looks at the table once a minute.
        await stage.ExecuteAsync("UPDATE orleans_silo SET status = 6; UPDATE orleans_cluster SET version = version + 1");

        Assert.Equal(ExitCodes.Failed, await silo.WaitForExitAsync(TimeSpan.FromSeconds(100)));
        AssertTold(silo, Evicted, times: 1);
        var next = await stage.StartReadyHostAsync();
        await stage.WaitUntilDoneAsync(next, Patience);
        await stage.AssertHoldsAsync(load);
    }
}
