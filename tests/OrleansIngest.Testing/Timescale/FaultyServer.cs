using System.Diagnostics;

namespace OrleansIngest.Testing.Timescale;

/// <summary>
/// A TimescaleDB server of one test class alone, which it may stop and kill. Made by <c>deploy/setup/timescaledb.sh</c>
/// in a folder and on a port of its own, and removed afterwards.
/// </summary>
public sealed class FaultyServer : IAsyncDisposable
{
    private const int Unavailable = 3;

    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, ".local", "timescaledb");

    private readonly string _name;

    private FaultyServer(string name) => _name = name;

    /// <summary>How to reach it while it runs.</summary>
    public TimescaleTestServer Server { get; private set; } = null!;

    /// <summary>Makes and starts a server; what runs that have ended left under the name is removed first.</summary>
    /// <param name="name">Letters, digits and hyphens; each test class has its own.</param>
    /// <exception cref="FaultyServerUnavailableException">This machine cannot run one.</exception>
    public static async Task<FaultyServer> StartNewAsync(string name)
    {
        await RemoveLeftoversAsync($"test-{name}-");
        // With the process's id, so that two runs of one class at once have a server each.
        var server = new FaultyServer($"test-{name}-{Environment.ProcessId}");
        await server.RunAsync("remove");
        await server.StartAsync();
        var settings = Path.Combine(Folder, $"{server._name}.env");
        server.Server = TimescaleTestServer.FromFile(settings)
            ?? throw new InvalidOperationException($"timescaledb.sh start left no settings in {settings}.");
        return server;
    }

    /// <summary>Starts it again, on the same port and with the same data; returns when it answers.</summary>
    public Task StartAsync() => RunAsync("start");

    /// <summary>Ends it in order: connections break, everything is on disk.</summary>
    public Task StopAsync() => RunAsync("stop");

    /// <summary>Ends it as a crash would.</summary>
    public Task KillAsync() => RunAsync("kill");

    /// <summary>Removes it with its data.</summary>
    public async ValueTask DisposeAsync() => await RunAsync("remove");

    private static async Task RemoveLeftoversAsync(string prefix)
    {
        if (!Directory.Exists(Folder)) return;
        foreach (var settings in Directory.EnumerateFiles(Folder, $"{prefix}*.env"))
        {
            var name = Path.GetFileNameWithoutExtension(settings);
            if (!int.TryParse(name.AsSpan(prefix.Length), out var owner) || Directory.Exists($"/proc/{owner}")) continue;
            await new FaultyServer(name).RunAsync("remove");
        }
    }

    private async Task RunAsync(string command)
    {
        var script = Path.Combine(RepositoryRoot.Path, "deploy", "setup", "timescaledb.sh");
        var start = new ProcessStartInfo("bash", [script, command, "--dir", _name])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        var text = $"timescaledb.sh {command} --dir {_name} exited with {process.ExitCode}: {string.Join('\n', output).Trim()}";
        if (process.ExitCode == Unavailable)
        {
            throw new FaultyServerUnavailableException(text);
        }

        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(text);
        }
    }
}

/// <summary>This machine cannot run a server of its own for tests; the message says why.</summary>
public sealed class FaultyServerUnavailableException(string message) : Exception(message);
