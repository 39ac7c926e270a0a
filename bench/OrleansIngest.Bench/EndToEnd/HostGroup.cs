using OrleansIngest.Bench.Services;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Bench.EndToEnd;

/// <summary>The hosts of one round.</summary>
internal sealed class HostGroup : IDisposable
{
    private readonly IReadOnlyList<HostProcess> _hosts;

    private HostGroup(IReadOnlyList<HostProcess> hosts) => _hosts = hosts;

    /// <summary>What they have used of the processors.</summary>
    public TimeSpan ProcessorTime => _hosts.Aggregate(TimeSpan.Zero, (sum, host) => sum + host.ProcessorTime);

    /// <summary>Starts them on a topic; waits for nothing.</summary>
    public static HostGroup Start(BenchServices services, HostSetup setup, BenchTopic topic)
    {
        var settings = new Dictionary<string, string>(setup.Settings(topic.Name))
        {
            ["Kafka:GroupId"] = topic.Name,
            ["Kafka:DeadLetterTopic"] = topic.DeadLetters,
            ["Timescale:Database"] = BenchDatabase.Name,
        };
        var environment = services.HostEnvironment(topic.Name);
        return new HostGroup([.. Enumerable.Range(0, setup.Count).Select(_ => new HostProcess(setup.Program, environment, settings))]);
    }

    /// <summary>What each says of itself; null as long as one of them does not listen.</summary>
    /// <exception cref="BenchException">One has ended.</exception>
    public async Task<IReadOnlyList<PipelineStatus>?> ReadAsync(CancellationToken cancellationToken)
    {
        var all = await Task.WhenAll(_hosts.Select(h => h.ReadAsync(cancellationToken)));
        return Array.Exists(all, s => s is null) ? null : [.. all.OfType<PipelineStatus>()];
    }

    /// <summary>Ends them as a supervisor does.</summary>
    /// <exception cref="BenchException">One does not end, or not in order.</exception>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var host in _hosts) await host.StopAsync(cancellationToken);
    }

    /// <summary>An error with the last lines that the first host has printed.</summary>
    public BenchException Failed(string what) => _hosts[0].Failed(what);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var host in _hosts) host.Dispose();
    }
}
