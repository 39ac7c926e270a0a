using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;

namespace OrleansIngest.Cli.Demo;

/// <summary>The demo's host: a child process in a session of its own, so that Ctrl-C is for the demo to handle.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private const int ShownLogLines = 15;
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly string _log;
    private readonly string _processFile;

    private HostProcess(Process process, string log, string processFile)
    {
        _process = process;
        _log = log;
        _processFile = processFile;
    }

    /// <summary>Completes when the process has ended.</summary>
    public Task Ended => _process.WaitForExitAsync();

    public bool HasEnded => _process.HasExited;

    /// <summary>The most memory that it has had, in bytes, as the system counts it; 0 once it has ended.</summary>
    public long PeakBytes
    {
        get
        {
            try
            {
                _process.Refresh();
                return _process.HasExited ? 0 : _process.PeakWorkingSet64;
            }
            catch (InvalidOperationException)
            {
                return 0; // it ended just now
            }
        }
    }

    /// <summary>A port on 127.0.0.1 that nobody listens on.</summary>
    public static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"));
    }

    /// <summary>Starts the host; its output goes to <c>.local/demo-host.log</c>.</summary>
    public static HostProcess Start(Workspace workspace, HostKind kind, DemoScope scope)
    {
        var log = workspace.LocalFile("demo-host.log");
        var processFile = ProcessFile(workspace);
        File.Delete(log);
        var process = ExternalCommand.StartDetached(log, Dotnet.Command(workspace.Program(kind), scope.HostArguments), scope.Settings.Environment);
        File.WriteAllText(processFile, process.Id.ToString(CultureInfo.InvariantCulture));
        return new HostProcess(process, log, processFile);
    }

    /// <summary>Ends the host of an earlier demo that was killed before it could.</summary>
    public static async Task EndLeftoverAsync(Workspace workspace, Steps steps)
    {
        var file = ProcessFile(workspace);
        if (!File.Exists(file)) return;
        if (int.TryParse(await File.ReadAllTextAsync(file), CultureInfo.InvariantCulture, out var id) && IsHost(workspace, id))
        {
            await ExternalCommand.StopAsync(id, StopTimeout);
            steps.Done("Host: ended the one that an earlier demo left behind");
        }

        File.Delete(file);
    }

    /// <summary>Asks it to drain and end; gives its exit code.</summary>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited) await ExternalCommand.StopAsync(_process.Id, StopTimeout);
        await _process.WaitForExitAsync();
        File.Delete(_processFile);
        return _process.ExitCode;
    }

    /// <summary>Says that it has ended by itself, with the end of its log.</summary>
    public async Task<CommandException> FailureAsync()
    {
        var exitCode = await StopAsync();
        var lines = File.Exists(_log) ? File.ReadLines(_log).TakeLast(ShownLogLines) : [];
        // Configuration and services have exit codes of their own; whatever else ends a host is a failed check.
        return new CommandException(
            exitCode is ExitCodes.Usage or ExitCodes.Unavailable ? exitCode : ExitCodes.Failed,
            $"the host has ended by itself with exit code {exitCode}; the end of {Workspace.Shown(_log)}:",
            [.. lines]);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
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
