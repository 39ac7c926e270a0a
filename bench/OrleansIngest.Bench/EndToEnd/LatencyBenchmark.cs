using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using OrleansIngest.Bench.Load;
using OrleansIngest.Bench.Services;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Bench.EndToEnd;

/// <summary>Kafka append to committed row at a steady rate, once the hosts have warmed up.</summary>
internal sealed class LatencyBenchmark(BenchServices services, BenchDatabase database, HostSetup setup, int devices)
{
    /// <summary>Records a second that are sent.</summary>
    public const int Rate = 5_000;

    private const double LeastShare = 0.9;

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Fleet _fleet = new(devices);

    /// <summary>One round on empty tables, a topic of its own, and fresh hosts.</summary>
    /// <exception cref="BenchException">The hosts fail, or store nothing.</exception>
    public async Task<LatencyStatus> RunAsync(CancellationToken cancellationToken)
    {
        await database.EmptyAsync(cancellationToken);
        await using var topic = await BenchTopic.CreateAsync(services.Clients, services.BrokerControl, cancellationToken);
        using var hosts = HostGroup.Start(services, setup, topic);
        await ReadyAsync(hosts, cancellationToken);

        using var sending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sender = Task.Run(() => Send(topic.Name, sending.Token), cancellationToken);
        await Task.Delay(WarmUp, cancellationToken);
        var before = await LatencyAsync(hosts, cancellationToken);
        await Task.Delay(Measured, cancellationToken);
        var after = await LatencyAsync(hosts, cancellationToken);
        await sending.CancelAsync();
        await sender;
        await hosts.StopAsync(cancellationToken);
        var latency = after.Since(before);
        // A host that falls behind looks good as long as what it has not stored yet has no latency.
        var least = LeastShare * Rate * Measured.TotalSeconds;
        return latency.Count >= least ? latency : throw hosts.Failed($"Only {latency.Count} records were stored in {Measured.TotalSeconds:0} s.");
    }

    private static async Task ReadyAsync(HostGroup hosts, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (await hosts.ReadAsync(cancellationToken) is not { } all || !all.All(s => s.Ready))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience) throw hosts.Failed($"The hosts are not ready after {Patience.TotalSeconds:0} s.");
            await Task.Delay(Slice, cancellationToken);
        }
    }

    private static async Task<LatencyStatus> LatencyAsync(HostGroup hosts, CancellationToken cancellationToken) =>
        await hosts.ReadAsync(cancellationToken) is { } all ? StatusSum.Of(all).Latency : throw hosts.Failed("The hosts do not answer.");

    private void Send(string topic, CancellationToken cancellationToken)
    {
        var config = new ProducerConfig { BootstrapServers = services.Kafka.BootstrapServers, EnableIdempotence = true, LingerMs = 5 };
        foreach (var (name, value) in services.Kafka.Client) config.Set(name, value);
        using var producer = new ProducerBuilder<byte[], byte[]>(config).SetLogHandler(static (_, _) => { }).Build();
        var started = Stopwatch.GetTimestamp();
        for (var sent = 0; !cancellationToken.IsCancellationRequested;)
        {
            for (var due = (int)(Stopwatch.GetElapsedTime(started).TotalSeconds * Rate); sent < due; sent++)
            {
                var (device, json) = _fleet.Render(sent);
                producer.Produce(topic, new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(device), Value = json });
            }

            cancellationToken.WaitHandle.WaitOne(Slice);
        }

        producer.Flush(TimeSpan.FromSeconds(10));
    }
}
