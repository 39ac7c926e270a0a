using System.Diagnostics;
using Confluent.Kafka;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Simulation;
using OrleansIngest.Cli.Terminal;

namespace OrleansIngest.Cli.Demo;

/// <summary>One demo once services, topics and schema are there: host and simulator side by side, then the reckoning.</summary>
internal sealed class DemoSession(Workspace workspace, Steps steps, DemoScope scope, HostKind kind, int hostCount, bool isBuiltInBroker)
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan TailPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly KafkaAccess _kafka = new(scope.Effective.Kafka);

    private string HostName => hostCount == 1 ? kind.Name() : $"{hostCount} {kind.Name()}s";

    /// <summary>Runs the plan to its end, or until <paramref name="stop"/>; both end in order.</summary>
    public async Task<DemoFigures> RunAsync(SimulationPlan plan, CancellationToken stop)
    {
        steps.Begin();
        await using var hosts = DemoHosts.Start(workspace, kind, hostCount, scope);
        await hosts.ReadyAsync(ReadyTimeout, stop);
        steps.Done($"Host: {HostName} {(hostCount == 1 ? "is" : "are")} ready: {hosts.Addresses}");

        using var admin = _kafka.CreateAdmin();
        var logs = new KafkaLogs(admin);
        var starts = await logs.EndsAsync(await logs.PartitionsAsync(plan.Shares.Select(s => s.Topic)));
        var deadLetterPartitions = await logs.PartitionsAsync([scope.Effective.Kafka.DeadLetterTopic]);
        using var tail = new DeadLetterTail(_kafka, await logs.EndsAsync(deadLetterPartitions), starts, $"-{plan.Run}-");
        using var producer = _kafka.CreateProducer();
        var simulator = new Simulator(plan, producer);
        var watch = new HostWatch(hosts, simulator, starts, holdBack: isBuiltInBroker);
        var expiry = new ExpiryWatch(logs, scope.Effective.Kafka.GroupId, starts);
        var progress = new DemoProgress(plan.Run, HostName, simulator, watch, tail);

        var startedAt = DateTimeOffset.UtcNow;
        var elapsed = Stopwatch.StartNew();
        bool drained;
        using (var end = new CancellationTokenSource())
        {
            Task[] background =
            [
                watch.RunAsync(end.Token),
                isBuiltInBroker ? WatchExpiryAsync(expiry, end.Token) : Task.CompletedTask,
                Consoles.Error.Profile.Capabilities.Interactive ? LiveView.RunAsync(progress, end.Token) : PlainView.RunAsync(progress, end.Token),
            ];
            try
            {
                await ProduceAsync(simulator, hosts, stop);
                progress.Phase = DemoPhase.Draining;
                drained = await DrainAsync(watch, hosts);
                progress.Phase = DemoPhase.Ended;
            }
            finally
            {
                await end.CancelAsync();
                await Task.WhenAll(background);
            }
        }

        elapsed.Stop();
        if (hosts.HaveEnded) throw await hosts.FailureAsync();
        if (!drained) steps.Note($"after {DrainPatience.TotalSeconds:0} s without progress {watch.Behind} records are not durable; see {hosts.Logs}");
        steps.Begin();
        var exitCodes = await hosts.StopAsync();
        steps.Done($"Host: ended with exit code {string.Join(", ", exitCodes)}");
        if (isBuiltInBroker) await expiry.LookAsync();
        return await ReckonAsync(plan, simulator, watch, tail, expiry, logs, deadLetterPartitions, startedAt, elapsed.Elapsed);
    }

    private static async Task ProduceAsync(Simulator simulator, DemoHosts hosts, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var producing = simulator.RunAsync(ended.Token);
        if (await Task.WhenAny(producing, hosts.Ended) != producing) await ended.CancelAsync();
        await producing;
    }

    // Everything that was acknowledged is durable; false where that does not come about.
    private static async Task<bool> DrainAsync(HostWatch watch, DemoHosts hosts)
    {
        var best = long.MaxValue;
        var patience = Stopwatch.StartNew();
        while (true)
        {
            await watch.LookAsync(CancellationToken.None); // what it knows must be younger than the last acknowledgement
            var behind = watch.Behind;
            if (behind == 0 || hosts.HaveEnded) return behind == 0;
            if (behind < best)
            {
                best = behind;
                patience.Restart();
            }

            if (patience.Elapsed > DrainPatience) return false;
            await Task.Delay(Poll);
        }
    }

    private static async Task WatchExpiryAsync(ExpiryWatch expiry, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await expiry.LookAsync();
            await Task.Delay(ExpiryInterval, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<DemoFigures> ReckonAsync(
        SimulationPlan plan, Simulator simulator, HostWatch watch, DeadLetterTail tail, ExpiryWatch expiry,
        KafkaLogs logs, List<TopicPartition> deadLetterPartitions, DateTimeOffset startedAt, TimeSpan elapsed)
    {
        steps.Begin();
        if (!await tail.CatchUpAsync(await logs.EndsAsync(deadLetterPartitions), TailPatience))
            steps.Note($"the dead-letter topic was not read to its end within {TailPatience.TotalSeconds:0} s: dead letters may be missing from the count");
        var stored = await StoredRecords.CountAsync(scope.Effective.Timescale, plan.Run, startedAt, CancellationToken.None);
        steps.Done("Counted in tables and dead-letter topic");

        var counts = simulator.Counts;
        if (counts.Sum(c => c.Failed) is > 0 and var failed)
            steps.Note($"{failed} records were not acknowledged ({_kafka.Hide(counts.First(c => c.Failure is not null).Failure!)}); some of them may be stored");
        var acknowledged = counts.Sum(c => c.Acknowledged);
        var duplicates = counts.Sum(c => c.Duplicates);
        var missing = acknowledged - duplicates - stored - tail.Count;
        // The broker is blamed for no more than it was seen to drop.
        var dropped = Math.Clamp(missing, 0, expiry.Expired);
        var latency = watch.Status?.Latency;
        return new DemoFigures(
            kind.Name(),
            kind == HostKind.Silo ? hostCount : 0,
            counts.Sum(c => c.Produced),
            acknowledged,
            stored,
            tail.Count,
            duplicates,
            dropped,
            missing - dropped,
            Math.Round(elapsed.TotalSeconds, 3),
            Math.Round(stored / elapsed.TotalSeconds, 1),
            Math.Round(latency?.P50Ms ?? 0, 1),
            Math.Round(latency?.P99Ms ?? 0, 1),
            Math.Round(watch.PeakBytes / (1024.0 * 1024), 1));
    }
}
