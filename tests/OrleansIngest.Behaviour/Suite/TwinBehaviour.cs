using OrleansIngest.Behaviour.Expectations;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Behaviour.Stages;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Suite;

/// <summary>Twins that outlive their host, however it ends.</summary>
public abstract class TwinBehaviour : HostBehaviour
{
    private static readonly RecordFormat[] Formats = [RecordFormat.Raw, RecordFormat.Decoded];

    [Fact]
    public async Task After_each_orderly_restart_every_twin_is_exact()
    {
        await using var stage = await SetStageAsync(Formats);
        var load = Load.Of([]);
        for (var life = 0; life < 3; life++)
        {
            load = load.Then(await LiveAsync(stage, life));
            await Twins.AssertAreThoseOfAsync(load, stage.Database, decodedCountersExact: true, Cancelled);
        }
    }

    [Fact]
    public async Task After_a_crash_far_behind_the_last_snapshot_raw_counters_and_all_latest_values_are_exact()
    {
        await using var stage = await SetStageAsync(Formats);
        // Of the first life snapshots are kept, of the second none.
        var load = await LiveAsync(stage, 0);
        var lost = Part(stage, 1);
        var host = await stage.StartReadyHostAsync(stage.Settings.With("Devices:StatePersistInterval", "01:00:00").With("Devices:IdleTimeout", "02:00:00"));
        await stage.SendAsync(lost);
        await stage.WaitUntilDoneAsync(host, Patience);
        await host.KillAsync();
        load = load.Then(lost);

        // Every device is heard of once more, so that its twin is brought back and kept.
        load = load.Then(await LiveAsync(stage, 2));
        await Twins.AssertAreThoseOfAsync(load, stage.Database, decodedCountersExact: false, Cancelled);
    }

    [Fact]
    public async Task Killed_in_mid_stream_its_raw_counters_and_all_latest_values_are_exact_in_the_end()
    {
        await using var stage = await SetStageAsync(Formats);
        var load = Load.Make(stage.Topics, Scale.Of(50_000, 10_000), seed: 20, devices: 40, trouble: false);
        var ahead = load.Records.Count / 10;
        await using var sender = stage.BeginToSend(load, ahead);
        for (var kill = 1; kill <= 2; kill++)
        {
            // Snapshots are kept often, at moments that fit no batch.
            var host = await stage.StartReadyHostAsync(stage.Settings.With("Devices:StatePersistInterval", "00:00:01"));
            sender.Limit = (kill * load.Records.Count / 3) + ahead;
            await stage.WaitForRowsAsync(kill * load.Records.Count / 3, Patience, host);
            await host.KillAsync();
        }

        sender.Limit = load.Records.Count;
        await sender.Completion.WaitAsync(Patience, Cancelled);
        var last = await stage.StartReadyHostAsync();
        await stage.WaitUntilDoneAsync(last, Patience);
        Assert.Equal(0, (await last.StopAsync()).ExitCode);
        await stage.AssertHoldsAsync(load);
        await Twins.AssertAreThoseOfAsync(load, stage.Database, decodedCountersExact: false, Cancelled);
    }

    private static Load Part(Stage stage, int life) =>
        Load.Make(stage.Topics, 4_000, seed: 13 + life, devices: 40, from: life * 4_000);

    private async Task<Load> LiveAsync(Stage stage, int life)
    {
        var load = Part(stage, life);
        var host = await stage.StartReadyHostAsync();
        await stage.SendAsync(load);
        await stage.WaitUntilDoneAsync(host, Patience);
        Assert.Equal(0, (await host.StopAsync()).ExitCode);
        return load;
    }
}
