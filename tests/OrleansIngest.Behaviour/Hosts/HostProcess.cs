using OrleansIngest.Hosting;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Behaviour.Hosts;

/// <summary>One process of a host. Disposing kills it where it still runs.</summary>
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

    /// <summary>Starts a process and waits for nothing.</summary>
    /// <param name="program">The host that it is of.</param>
    /// <param name="settings">What it is started with.</param>
    /// <param name="onLine">Called for each line that it prints, besides its own log.</param>
    /// <param name="cancellationToken">The test's.</param>
    internal static HostProcess Start(HostProgram program, HostSettings settings, Action<string?> onLine, CancellationToken cancellationToken)
    {
        var web = new Uri($"http://127.0.0.1:{FreePort.Take()}");
        var log = new HostLog();
        var process = OwnProcesses.Start(
            ["dotnet", .. program.Command, .. settings.Arguments.Select(a => $"--{a.Key}={a.Value}")],
            environment =>
            {
                foreach (var name in environment.Keys.Where(IsHeard).ToList()) environment.Remove(name);
                environment["INGEST_CONFIG"] = NoConfiguration;
                environment["Web__Listen"] = web.GetLeftPart(UriPartial.Authority);
                environment["Logging__Format"] = "Json";
                foreach (var (name, value) in settings.Environment) environment[name] = value;
            },
            line =>
            {
                log.Add(line);
                onLine(line);
            });
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

    /// <summary>Sends SIGTERM.</summary>
    public void Terminate() => OwnProcesses.Terminate(_process);

    /// <summary>Waits for its end; gives the exit code.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        await Await.UntilAsync("the host to end", limit, () => Task.FromResult(_process.HasExited), Describe, _cancellationToken);
        await _process.WaitForExitAsync(_cancellationToken);
        return _process.ExitCode;
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
        return $"Process {_process.Id} {state}; last status: {status}; its last lines:\n{Log.Tail()}";
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
