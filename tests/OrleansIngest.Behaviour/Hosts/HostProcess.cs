using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Behaviour.Hosts;

/// <summary>A running host. Disposing kills it where it still runs.</summary>
public sealed class HostProcess : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };

    // No file there: what a test does not set has its default of the code.
    private static readonly string NoConfiguration = TemporaryFolder.Create();

    private readonly Process _process;
    private readonly CancellationToken _cancellationToken;

    private HostProcess(Process process, HostLog log, Uri web, CancellationToken cancellationToken)
    {
        _process = process;
        _cancellationToken = cancellationToken;
        (Log, Web) = (log, web);
    }

    /// <summary>What it printed.</summary>
    public HostLog Log { get; }

    /// <summary>Where its HTTP listens.</summary>
    public Uri Web { get; }

    /// <summary>Process id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The last status that was read.</summary>
    public PipelineStatus? LastStatus { get; private set; }

    /// <summary>Starts a host and waits for nothing.</summary>
    public static HostProcess Start(HostProgram program, HostSettings settings, CancellationToken cancellationToken)
    {
        var web = new Uri($"http://127.0.0.1:{FreePort.Take()}");
        var arguments = new Dictionary<string, string>(settings.Arguments);
        foreach (var (key, value) in program.OwnSettings?.Invoke() ?? new Dictionary<string, string>()) arguments.TryAdd(key, value);
        var log = new HostLog();
        var process = OwnProcesses.Start(
            ["dotnet", .. program.Command, .. arguments.Select(a => $"--{a.Key}={a.Value}")],
            environment =>
            {
                foreach (var name in environment.Keys.Where(IsHeard).ToList()) environment.Remove(name);
                environment["INGEST_CONFIG"] = NoConfiguration;
                environment["Web__Listen"] = web.GetLeftPart(UriPartial.Authority);
                environment["Logging__Format"] = "Json";
                foreach (var (name, value) in settings.Environment) environment[name] = value;
            },
            log.Add);
        return new HostProcess(process, log, web, cancellationToken);
    }

    /// <summary>Reads <c>/api/pipeline</c>; null while nothing answers.</summary>
    public async Task<PipelineStatus?> ReadStatusAsync()
    {
        try
        {
            LastStatus = await Http.GetFromJsonAsync<PipelineStatus>(new Uri(Web, "/api/pipeline"), Json, _cancellationToken);
            return LastStatus;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>What <c>/health/ready</c> answers: its status code and body.</summary>
    public async Task<(int Code, string Body)> ReadReadinessAsync()
    {
        using var answer = await Http.GetAsync(new Uri(Web, "/health/ready"), _cancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(_cancellationToken));
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
                if (_process.HasExited) throw new InvalidOperationException($"The host ended while {what} was awaited.\n{Describe()}");
                status = await ReadStatusAsync();
                return status is not null && wanted(status);
            },
            Describe,
            _cancellationToken);
        return status!;
    }

    /// <summary>Waits until every part works and every partition is read.</summary>
    public Task<PipelineStatus> WaitReadyAsync(TimeSpan? limit = null) =>
        WaitForAsync("the host to be ready", s => s.Ready, limit ?? TimeSpan.FromSeconds(60));

    /// <summary>Waits until it has logged an event.</summary>
    public Task WaitForEventAsync(int eventId, string what, TimeSpan limit) => Await.UntilAsync(
        what, limit, () => Task.FromResult(Log.Count(eventId) > 0), Describe, _cancellationToken);

    /// <summary>Sends SIGTERM.</summary>
    public void Terminate() => OwnProcesses.Terminate(_process);

    /// <summary>Waits for its end; gives the exit code.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        await Await.UntilAsync("the host to end", limit, () => Task.FromResult(_process.HasExited), Describe, _cancellationToken);
        await _process.WaitForExitAsync(_cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>SIGTERM, and the exit code; how long it took.</summary>
    public async Task<(int ExitCode, TimeSpan Took)> StopAsync(TimeSpan? limit = null)
    {
        var started = Stopwatch.GetTimestamp();
        Terminate();
        var code = await WaitForExitAsync(limit ?? TimeSpan.FromSeconds(30));
        return (code, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => OwnProcesses.KillAsync(_process);

    /// <summary>How it stands: exit code, last status, tail of its log.</summary>
    public string Describe()
    {
        var state = _process.HasExited ? $"ended with exit code {_process.ExitCode}" : "runs";
        var status = LastStatus is { } s
            ? $"ready {s.Ready}, problems [{string.Join("; ", s.Problems)}], {s.Writer.RowsWritten} rows written, {s.Writer.QueuedRows} queued, "
              + $"{s.DeadLetters.Values.Sum()} dead letters, lag {s.Partitions.Sum(p => p.Lag ?? 0)} in {s.Partitions.Count} partitions, "
              + $"{s.Partitions.Count(p => p.Paused)} paused, {s.Partitions.Sum(p => p.InFlightBytes)} bytes in flight"
            : "none was read";
        return $"Host {_process.Id} {state}; last status: {status}; its last lines:\n{Log.Tail()}";
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    // Every name that a host takes settings from.
    private static bool IsHeard(string name) =>
        name.Contains("__", StringComparison.Ordinal)
        || name.Split('_')[0] is "KAFKA" or "REDPANDA" or "TIMESCALE" or "TIMESCALEDB" or "POSTGRES" or "BATCH" or "RAW" or "ENRICHED"
            or "SMART" or "REDIS" or "QUEUE" or "STORAGE" or "INGEST";
}
