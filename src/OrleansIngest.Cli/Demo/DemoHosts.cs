using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Cli.Demo;

/// <summary>The demo's host processes: the standalone host, or one silo or several that share the partitions.</summary>
internal sealed class DemoHosts : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly IReadOnlyList<HostProcess> _hosts;

    private DemoHosts(IReadOnlyList<HostProcess> hosts) => _hosts = hosts;

    /// <summary>Completes when none runs any more.</summary>
    public Task Ended => Task.WhenAll(_hosts.Select(h => h.Ended));

    /// <summary>Whether none runs any more.</summary>
    public bool HaveEnded => _hosts.All(h => h.HasEnded);

    /// <summary>Where each answers, for people.</summary>
    public string Addresses => string.Join(", ", _hosts.Select(h => $"{h.Http.Address.GetLeftPart(UriPartial.Authority)}/api/pipeline"));

    /// <summary>The files that their output goes to, for people.</summary>
    public string Logs => string.Join(", ", _hosts.Select(h => Workspace.Shown(h.Log)));

    /// <summary>The most memory that they have had together, in bytes.</summary>
    public long PeakBytes => _hosts.Sum(h => h.PeakBytes);

    /// <summary>Starts <paramref name="count"/> hosts beside each other.</summary>
    public static DemoHosts Start(Workspace workspace, HostKind kind, int count, DemoScope scope)
    {
        HostProcess.Forget(workspace);
        return new DemoHosts([.. Enumerable.Range(1, count).Select(n => HostProcess.Start(workspace, kind, count == 1 ? null : n, scope))]);
    }

    /// <summary>Returns when every host is ready.</summary>
    /// <exception cref="CommandException">One has ended, or is not ready in time.</exception>
    public async Task ReadyAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var deadline = DateTime.UtcNow + timeout;
        foreach (var host in _hosts)
        {
            while (true)
            {
                if (_hosts.FirstOrDefault(h => h.HasEnded) is { } ended) throw await ended.FailureAsync();
                var (isReady, waits) = await host.Http.ReadyAsync(cancellationToken);
                if (isReady) break;
                if (DateTime.UtcNow > deadline)
                    throw new CommandException(ExitCodes.Failed, $"{host.Name} is not ready after {timeout.TotalSeconds:0} s: {waits}", $"See {Workspace.Shown(host.Log)}");
                await Task.Delay(Poll, cancellationToken);
            }
        }
    }

    /// <summary>What the hosts say of themselves, as one; null before any said something.</summary>
    public async Task<PipelineStatus?> ReadAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_hosts.Select(h => h.LookAsync(cancellationToken)));
        var known = _hosts.Where(h => h.Status is not null).ToList();
        if (known.Count == 0) return null;
        var status = StatusSum.Of([.. known.Select(h => h.Status!)]);
        var ended = _hosts.Where(h => h.HasEnded).Select(h => $"{h.Name} has ended by itself; the others take over. Its log: {Workspace.Shown(h.Log)}").ToList();
        return ended.Count == 0 ? status : status with { Ready = false, Problems = [.. ended, .. status.Problems] };
    }

    /// <summary>Says that none is left, with the end of the last one's log.</summary>
    public Task<CommandException> FailureAsync() => _hosts[^1].FailureAsync();

    /// <summary>Asks them to drain and end, one after the other, so that each hands over to the next.</summary>
    /// <returns>Their exit codes.</returns>
    public async Task<IReadOnlyList<int>> StopAsync()
    {
        var exitCodes = new List<int>();
        foreach (var host in _hosts) exitCodes.Add(await host.StopAsync());
        return exitCodes;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
    }
}
