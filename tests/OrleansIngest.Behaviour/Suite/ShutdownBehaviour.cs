using OrleansIngest.Behaviour.Loads;

namespace OrleansIngest.Behaviour.Suite;

/// <summary>SIGTERM while there is work.</summary>
public abstract class ShutdownBehaviour : HostBehaviour
{
    private static readonly TimeSpan Allowed = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Told_to_stop_while_busy_it_finishes_what_it_has_read_and_exits_with_0()
    {
        await using var stage = await SetStageAsync();
        var load = MixedLoad(stage, Scale.Of(200_000, 40_000), seed: 9);
        // Slow, and with little in flight, so that it is busy for a while.
        var host = await stage.StartReadyHostAsync(stage.Settings
            .With("Timescale:BatchSize", "200").With("Timescale:Writers", "1").With("Delivery:MaxInFlightBytes", $"{1024 * 1024}"));
        await using var sender = stage.BeginToSend(load, load.Records.Count);
        await stage.WaitForRowsAsync(load.Records.Count / 20, Patience, host);

        var (exitCode, took) = await host.StopAsync();
        Assert.Equal(0, exitCode);
        Assert.True(took <= Allowed, $"It took {took.TotalSeconds:0.0} s to end.\n{host.Describe()}");

        await sender.Completion.WaitAsync(Patience, Cancelled);
        var offsets = stage.Committed();
        var committed = offsets.Values.Sum();
        Assert.True(committed < load.Records.Count, "The host had nothing left to do when it was told to stop.");
        Assert.Equal(0, await stage.AssertCommittedIsStoredAsync(load, offsets));

        host = await stage.StartReadyHostAsync();
        await stage.WaitUntilDoneAsync(host, Patience);
        // Several share the partitions out anew while they read, and may not have finished with one before it changes hands.
        await stage.AssertHoldsAsync(load, repeatedDeadLettersAllowed: host.Processes.Count > 1);
        AssertDone(host, load.Records.Count - committed);
    }

    [Fact]
    public async Task Told_to_stop_while_the_database_is_away_it_exits_with_0_in_time_and_reads_again_what_was_in_flight()
    {
        await using var stage = await SetStageAsync(ownServer: true);
        var load = MixedLoad(stage, Scale.Of(100_000, 20_000), seed: 10);
        var settings = stage.Settings.With("Delivery:MaxInFlightBytes", $"{2 * 1024 * 1024}");
        var host = await stage.StartReadyHostAsync(settings);
        await using var sender = stage.BeginToSend(load, load.Records.Count / 4);
        await stage.WaitForRowsAsync(load.Records.Count / 8, Patience, host);
        await stage.StopServerAsync();
        sender.Limit = load.Records.Count;
        await sender.Completion.WaitAsync(Patience, Cancelled);
        var before = await host.WaitForAsync("reading to be paused", s => s.Partitions.Any(p => p.Paused), Patience);
        var inFlight = before.Partitions.Sum(p => p.Position!.Value - p.Watermark!.Value);
        Assert.True(inFlight > 0, "Nothing was in flight.");

        var (exitCode, took) = await host.StopAsync();
        Assert.Equal(0, exitCode);
        Assert.True(took <= Allowed, $"It took {took.TotalSeconds:0.0} s to end.\n{host.Describe()}");

        var committed = stage.Committed();
        // The next one starts while the server is still away: it waits, and says so.
        var next = stage.StartHost(settings);
        var waiting = await next.WaitForAsync("the host to answer", _ => true, Patience);
        Assert.False(waiting.Ready);
        var (code, body) = await next.ReadReadinessAsync();
        Assert.Equal(503, code);
        Assert.Contains("database", body);
        await stage.StartServerAsync();

        await stage.WaitUntilDoneAsync(next, Patience);
        await stage.AssertHoldsAsync(load, repeatedDeadLettersAllowed: true);
        AssertDone(next, load.Records.Count - committed.Values.Sum());
        Assert.True(committed.Values.Sum() >= before.Partitions.Sum(p => p.Watermark!.Value), "What was durable was not committed.");
        Assert.InRange(next.LastStatus!.Writer.Conflicts, 0, inFlight + Repeats(load));
    }

    /// <summary>Records whose row is there already when they are read for the first time.</summary>
    private static int Repeats(Load load) => load.Records.Count(r => r.Row is not null) - load.Records.Where(r => r.Row is not null).Select(r => r.RowKey).Distinct().Count();
}
