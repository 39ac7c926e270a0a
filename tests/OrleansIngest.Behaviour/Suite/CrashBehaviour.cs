using OrleansIngest.Behaviour.Hosts;

namespace OrleansIngest.Behaviour.Suite;

/// <summary>A host that is killed without warning.</summary>
public abstract class CrashBehaviour : HostBehaviour
{
    private const int Kills = 3;

    [Fact]
    public async Task Killed_three_times_in_mid_stream_it_loses_nothing_and_repeats_no_row()
    {
        await using var stage = await SetStageAsync();
        var load = MixedLoad(stage, Scale.Of(200_000, 40_000), seed: 2);
        var total = load.Records.Count;
        // The sender keeps this much ahead of what is stored, so that the stream never ends before a kill.
        var ahead = total / 10;
        var random = new Random();
        // Slow to store and quick to commit: a commit that came too early would show.
        var settings = stage.Settings.With("Kafka:CommitInterval", "00:00:00.050").With("Timescale:BatchSize", "500").With("Timescale:Writers", "1");
        await using var sender = stage.BeginToSend(load, ahead);

        for (var kill = 0; kill < Kills; kill++)
        {
            // In each third of 15 % to 75 %; what is under way may add a tenth.
            var at = total * (15 + (20 * kill) + random.Next(20)) / 100;
            var host = await stage.StartReadyHostAsync(settings);
            await StoreAsync(host, at);
            await host.KillAsync();

            var stored = await stage.Rows.CountAsync(Cancelled);
            Assert.InRange(stored, total * 0.10, total * 0.90);
            await stage.AssertCommittedIsStoredAsync(load, stage.Committed());
        }

        var last = await stage.StartReadyHostAsync();
        sender.Limit = total;
        await sender.Completion.WaitAsync(Patience, Cancelled);
        await stage.WaitUntilDoneAsync(last, Patience);
        await stage.AssertHoldsAsync(load, repeatedDeadLettersAllowed: true);

        Task StoreAsync(RunningHost host, int rows) => Await.UntilAsync(
            $"{rows} of {total} rows",
            Patience,
            async () =>
            {
                var stored = await stage.Rows.CountAsync(Cancelled);
                sender.Limit = stored + ahead;
                return stored >= rows;
            },
            () => $"{sender.Acknowledged} records are acknowledged. {host.Describe()}",
            Cancelled);
    }
}
