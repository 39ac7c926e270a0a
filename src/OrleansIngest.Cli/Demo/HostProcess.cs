using System.Diagnostics;
using System.Globalization;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Cli.Demo;

/// <summary>A host of the demo: a child process in a session of its own, so that Ctrl-C is for the demo to handle.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private const int ShownLogLines = 15;
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private long _peakBytes;

    private HostProcess(Process process, string name, string log, Uri address)
    {
        _process = process;
        Name = name;
        Log = log;
        Http = new PipelineClient(address);
    }

    /// <summary>For messages, such as 'silo 2 (pid 4711)'.</summary>
    public string Name { get; }

    /// <summary>The file that its output goes to.</summary>
    public string Log { get; }

    /// <summary>Its HTTP.</summary>
    public PipelineClient Http { get; }

    /// <summary>What it said last; null before it said anything.</summary>
    public PipelineStatus? Status { get; private set; }

    /// <summary>Completes when the process has ended.</summary>
    public Task Ended => _process.WaitForExitAsync();

    public bool HasEnded => _process.HasExited;

    /// <summary>The most memory that it has had, in bytes, as the system counts it.</summary>
    public long PeakBytes
    {
        get
        {
            try
            {
                _process.Refresh();
                if (!_process.HasExited) _peakBytes = Math.Max(_peakBytes, _process.PeakWorkingSet64);
            }
            catch (InvalidOperationException)
            {
                // It ended just now.
            }

            return _peakBytes;
        }
    }

    /// <summary>Asks it for its status; where it does not answer, what it said last counts.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (!HasEnded && await Http.ReadAsync(cancellationToken) is { } status) Status = status;
        // What it has done stays done; what it had is gone.
        else if (HasEnded && Status is not null) Status = Status with { Ready = true, Problems = [], Devices = new(0, 0), Memory = new(0, 0, 0), Writer = Status.Writer with { QueuedRows = 0 } };
    }

    /// <summary>Starts the host on a free port of 127.0.0.1; its output goes to a file in <c>.local/</c>.</summary>
    /// <param name="workspace">Whose program it is.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="number">From 1, where there are several; null for the only one.</param>
    /// <param name="scope">Its settings.</param>
    public static HostProcess Start(Workspace workspace, HostKind kind, int? number, DemoScope scope)
    {
        var name = number is null ? kind.Name() : string.Create(CultureInfo.InvariantCulture, $"{kind.Name()} {number}");
        var log = workspace.LocalFile(number is null ? "demo-host.log" : string.Create(CultureInfo.InvariantCulture, $"demo-silo-{number}.log"));
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Take()}"));
        File.Delete(log);
        string[] own = [$"--Web:Listen={address.GetLeftPart(UriPartial.Authority)}"];
        var process = ExternalCommand.StartDetached(log, Dotnet.Command(workspace.Program(kind), [.. scope.HostArguments, .. own]), scope.Settings.Environment);
        File.AppendAllLines(ProcessFile(workspace), [process.Id.ToString(CultureInfo.InvariantCulture)]);
        return new HostProcess(process, string.Create(CultureInfo.InvariantCulture, $"{name} (pid {process.Id})"), log, address);
    }

    /// <summary>Forgets the hosts of an earlier demo, which have ended.</summary>
    public static void Forget(Workspace workspace) => File.Delete(ProcessFile(workspace));

    /// <summary>Ends the hosts of an earlier demo that was killed before it could.</summary>
    public static async Task EndLeftoversAsync(Workspace workspace, Steps steps)
    {
        if (!File.Exists(ProcessFile(workspace))) return;
        foreach (var line in await File.ReadAllLinesAsync(ProcessFile(workspace)))
        {
            if (!int.TryParse(line, CultureInfo.InvariantCulture, out var id) || !IsHost(workspace, id)) continue;
            await ExternalCommand.StopAsync(id, StopTimeout);
            steps.Done("Host: ended one that an earlier demo left behind");
        }

        Forget(workspace);
    }

    /// <summary>Asks it to drain and end; gives its exit code.</summary>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited) await ExternalCommand.StopAsync(_process.Id, StopTimeout);
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Says that it has ended by itself, with the end of its log.</summary>
    public async Task<CommandException> FailureAsync()
    {
        var exitCode = await StopAsync();
        var lines = File.Exists(Log) ? File.ReadLines(Log).TakeLast(ShownLogLines) : [];
        // Configuration and services have exit codes of their own; whatever else ends a host is a failed check.
        return new CommandException(
            exitCode is ExitCodes.Usage or ExitCodes.Unavailable ? exitCode : ExitCodes.Failed,
            $"{Name} has ended by itself with exit code {exitCode}; the end of {Workspace.Shown(Log)}:",
            [.. lines]);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Http.Dispose();
        _process.Dispose();
    }

    private static string ProcessFile(Workspace workspace) => workspace.LocalFile("demo-host.pid");

    private static bool IsHost(Workspace workspace, int processId)
    {
        var command = ExternalCommand.CommandLine(processId);
        return Array.Exists(command, c => c.StartsWith(workspace.Home + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            && Path.GetFileName(c) is "ingest-standalone.dll" or "ingest-silo.dll");
    }
}
