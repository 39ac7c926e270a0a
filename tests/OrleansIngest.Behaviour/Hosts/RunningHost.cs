using System.Diagnostics;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Behaviour.Hosts;

/// <summary>
/// A host that was started: one process, or several that work as one and are started, stopped and killed together.
/// Disposing kills what still runs.
/// </summary>
public sealed class RunningHost : IAsyncDisposable
{
    private readonly CancellationToken _cancellationToken;

    private RunningHost(IReadOnlyList<HostProcess> processes, HostLog log, CancellationToken cancellationToken) =>
        (Processes, Log, _cancellationToken) = (processes, log, cancellationToken);

    /// <summary>Its processes.</summary>
    public IReadOnlyList<HostProcess> Processes { get; }

    /// <summary>What all of them printed.</summary>
    public HostLog Log { get; }

    /// <summary>Where the HTTP of the first listens.</summary>
    public Uri Web => Processes[0].Web;

    /// <summary>Whether it has ended, or one of its processes.</summary>
    public bool HasExited => Processes.Any(p => p.HasExited);

    /// <summary>The last status that was read.</summary>
    public PipelineStatus? LastStatus { get; private set; }

    /// <summary>Starts a host and waits for nothing.</summary>
    /// <param name="program">What to start.</param>
    /// <param name="settings">What all its processes are started with.</param>
    /// <param name="cancellationToken">The test's.</param>
    public static RunningHost Start(HostProgram program, HostSettings settings, CancellationToken cancellationToken) =>
        Start(program, settings, program.OwnOfEach(), cancellationToken);

    internal static RunningHost Start(
        HostProgram program, HostSettings settings, IReadOnlyList<IReadOnlyDictionary<string, string>> own, CancellationToken cancellationToken)
    {
        var log = new HostLog();
        return new RunningHost([.. own.Select(o => HostProcess.Start(program, settings.Beside(o), log.Add, cancellationToken))], log, cancellationToken);
    }

    /// <summary>Reads <c>/api/pipeline</c> of every process, as one; null while one of them does not answer.</summary>
    public async Task<PipelineStatus?> ReadStatusAsync()
    {
        var read = await Task.WhenAll(Processes.Select(p => p.ReadStatusAsync()));
        if (read.Contains(null)) return null;
        return LastStatus = StatusSum.Of([.. read.Select(s => s!)]);
    }

    /// <summary>What <c>/health/ready</c> answers: its status code and body; of several processes the highest code, and all they say.</summary>
    public async Task<(int Code, string Body)> ReadReadinessAsync()
    {
        var read = await Task.WhenAll(Processes.Select(p => p.ReadReadinessAsync()));
        return (read.Max(r => r.Code), string.Join('\n', read.Select(r => r.Body)));
    }

    /// <summary>Waits until the status is as wanted, and gives it. Fails at once where the host ends.</summary>
    public async Task<PipelineStatus> WaitForAsync(string what, Func<PipelineStatus, bool> wanted, TimeSpan limit)
    {
        PipelineStatus? status = null;
        await Await.UntilAsync(
            what,
            limit,
            async () =>
            {
                if (HasExited) throw new InvalidOperationException($"The host ended while {what} was awaited.\n{Describe()}");
                status = await ReadStatusAsync();
                return status is not null && wanted(status);
            },
            Describe,
            _cancellationToken);
        return status!;
    }

    /// <summary>Waits until every part works and every partition is read, by one process each, and every process reads some.</summary>
    public Task<PipelineStatus> WaitReadyAsync(TimeSpan? limit = null) => WaitForAsync(
        "the host to be ready",
        s => s.Ready
            && Processes.Sum(p => p.LastStatus!.Partitions.Count) == s.Partitions.Count
            && (Processes.Count == 1 || Processes.All(p => p.LastStatus!.Partitions.Count > 0)),
        limit ?? TimeSpan.FromSeconds(Processes.Count == 1 ? 60 : 120));

    /// <summary>Waits until each of its processes has logged an event.</summary>
    public Task WaitForEventAsync(int eventId, string what, TimeSpan limit) => Await.UntilAsync(
        what, limit, () => Task.FromResult(Processes.All(p => p.Log.Count(eventId) > 0)), Describe, _cancellationToken);

    /// <summary>Waits for the end of every process; gives the exit code, of several the first that is not 0.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        var codes = await Task.WhenAll(Processes.Select(p => p.WaitForExitAsync(limit)));
        return codes.FirstOrDefault(c => c != 0);
    }

    /// <summary>SIGTERM to every process at once, and the exit code; how long it took until the last had ended.</summary>
    public async Task<(int ExitCode, TimeSpan Took)> StopAsync(TimeSpan? limit = null)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var process in Processes) process.Terminate();
        var code = await WaitForExitAsync(limit ?? TimeSpan.FromSeconds(30));
        return (code, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>SIGKILL to every process at once.</summary>
    public Task KillAsync() => Task.WhenAll(Processes.Select(p => p.KillAsync()));

    /// <summary>How its processes stand: exit code, last status, tail of the log.</summary>
    public string Describe() => string.Join('\n', Processes.Select(p => p.Describe()));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var process in Processes) await process.DisposeAsync();
    }
}
