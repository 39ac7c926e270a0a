using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Bench.EndToEnd;

/// <summary>A host in a process of its own.</summary>
internal sealed class HostProcess : IDisposable
{
    private const int LinesKept = 20;
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    // On this machine: no proxy of the environment may come between.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };
    private readonly Queue<string> _lines = new();
    private readonly Process _process;
    private readonly Uri _status;

    /// <summary>Starts it; waits for nothing.</summary>
    /// <param name="program">The host's dll.</param>
    /// <param name="environment">Where its services are.</param>
    /// <param name="settings">Settings that override what else is configured.</param>
    public HostProcess(string program, IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, string> settings)
    {
        var listen = $"http://127.0.0.1:{FreePort.Take()}";
        _status = new Uri(listen + "/api/pipeline");
        var start = new ProcessStartInfo(Environment.ProcessPath is { } runtime && Path.GetFileNameWithoutExtension(runtime) == "dotnet" ? runtime : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(program);
        start.ArgumentList.Add($"--Web:Listen={listen}");
        foreach (var (key, value) in settings) start.ArgumentList.Add($"--{key}={value}");
        start.Environment.Clear();
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it says of itself; null as long as it does not listen.</summary>
    /// <exception cref="BenchException">It has ended.</exception>
    public async Task<PipelineStatus?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_process.HasExited) throw Failed($"The host ended with exit code {_process.ExitCode}.");
        try
        {
            return await _http.GetFromJsonAsync<PipelineStatus>(_status, Json, cancellationToken);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>What it has used of the processors.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Ends it as a supervisor does.</summary>
    /// <exception cref="BenchException">It does not end, or not in order.</exception>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using (var signal = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            await signal.WaitForExitAsync(cancellationToken);
        try
        {
            await _process.WaitForExitAsync(cancellationToken).WaitAsync(StopPatience, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw Failed($"The host still runs {StopPatience.TotalSeconds:0} s after SIGTERM.");
        }

        if (_process.ExitCode != 0) throw Failed($"The host ended with exit code {_process.ExitCode}.");
    }

    /// <summary>An error with the last lines that the host has printed.</summary>
    public BenchException Failed(string what)
    {
        lock (_lines) return new BenchException(ExitCodes.Failed, $"{what} Its last lines:\n{string.Join('\n', _lines)}");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
        _http.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_lines)
        {
            if (_lines.Count == LinesKept) _lines.Dequeue();
            _lines.Enqueue(line);
        }
    }
}
