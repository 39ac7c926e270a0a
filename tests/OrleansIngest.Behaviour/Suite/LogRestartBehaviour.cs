using OrleansIngest.Behaviour.Expectations;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Behaviour.Stages;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Suite;

/// <summary>Logs that begin again at offset 0: the second fleet lives although its offsets began again.</summary>
public abstract class LogRestartBehaviour : HostBehaviour
{
    private static readonly RecordFormat[] Formats = [RecordFormat.Raw, RecordFormat.Decoded, RecordFormat.Sensor];

    [Fact]
    public async Task After_the_broker_has_lost_its_data() => await LiveTwiceAsync(async stage =>
    {
        await stage.BeginBrokerAgainAsync();
        return await stage.StartReadyHostAsync();
    });

    [Fact]
    public async Task After_the_topics_were_created_again() => await LiveTwiceAsync(async stage =>
    {
        await CreateAgainAsync(stage);
        return await stage.StartReadyHostAsync();
    });

    [Fact]
    public async Task While_the_host_reads_on()
    {
        await using var stage = await SetStageAsync(Formats, ownBroker: true);
        var (first, second) = Loads(stage);
        var host = await stage.StartReadyHostAsync(stage.Settings.With("Kafka:MetadataInterval", "00:00:00.500"));
        await stage.SendAsync(first);
        await stage.WaitUntilDoneAsync(host, Patience);

        await CreateAgainAsync(stage);
        await stage.SendAsync(second);
        await stage.WaitForRowsAsync(first.Records.Count + second.Records.Count, Patience, host);
        await stage.WaitUntilDoneAsync(host, Patience);
        await AssertLivedAsync(stage, host, first.Then(second));
        Assert.True(host.Log.Count(HostEvents.LogBeganAgain) > 0, host.Describe());
    }

    private async Task LiveTwiceAsync(Func<Stage, Task<RunningHost>> beginAgain)
    {
        await using var stage = await SetStageAsync(Formats, ownBroker: true);
        var (first, second) = Loads(stage);
        var host = await stage.StartReadyHostAsync();
        await stage.SendAsync(first);
        await stage.WaitUntilDoneAsync(host, Patience);
        await AssertLivedAsync(stage, host, first);

        host = await beginAgain(stage);
        await stage.SendAsync(second);
        await stage.WaitUntilDoneAsync(host, Patience);
        await AssertLivedAsync(stage, host, first.Then(second));
    }

    // The second is the shorter one: all its offsets were used before.
    private static (Load First, Load Second) Loads(Stage stage) => (
        Load.Make(stage.Topics, 6_000, seed: 11, devices: 50, trouble: false),
        Load.Make(stage.Topics, 3_000, seed: 12, devices: 50, trouble: false, from: 6_000));

    private static async Task CreateAgainAsync(Stage stage)
    {
        foreach (var (topic, _) in stage.Topics) Assert.True(stage.Broker.Own.DeleteTopic(topic));
        await stage.CreateTopicsAsync();
    }

    private static async Task AssertLivedAsync(Stage stage, RunningHost host, Load load)
    {
        await stage.AssertHoldsAsync(load);
        Assert.Equal(0, (await host.StopAsync()).ExitCode);
        await Twins.AssertAreThoseOfAsync(load, stage.Database, decodedCountersExact: true, Cancelled);
    }
}
