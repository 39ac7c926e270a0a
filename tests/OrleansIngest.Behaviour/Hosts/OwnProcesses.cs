using System.Diagnostics;
using System.Runtime.InteropServices;

namespace OrleansIngest.Behaviour.Hosts;

/// <summary>The processes that tests started: none outlives them, however they end.</summary>
public static partial class OwnProcesses
{
    // The sockets of a broker in this process would stay open in a process that inherits them, and seem alive to clients
    // long after that broker has closed them.
    private const string InheritNothing = """for fd in /proc/self/fd/*; do n=${fd##*/}; ((n > 2)) && eval "exec $n>&-"; done; exec "$@" """;

    private static readonly HashSet<Process> Running = [];

    static OwnProcesses() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        lock (Running)
        {
            foreach (var process in Running) KillNow(process);
        }
    };

    /// <summary>Starts a process that inherits nothing but its output, of which <paramref name="onLine"/> is given each line; null at the end.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="setEnvironment">Changes the environment, which is this process' own.</param>
    /// <param name="onLine">Called for each line.</param>
    public static Process Start(IEnumerable<string> command, Action<IDictionary<string, string?>> setEnvironment, Action<string?> onLine)
    {
        var start = new ProcessStartInfo("bash", ["-c", InheritNothing, "bash", .. command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        setEnvironment(start.Environment);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) => onLine(e.Data);
        process.ErrorDataReceived += (_, e) => onLine(e.Data);
        lock (Running)
        {
            process.Start();
            Running.Add(process);
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Asks it to end, as a supervisor does.</summary>
    public static void Terminate(Process process)
    {
        const int sigTerm = 15;
        if (!process.HasExited && SendSignal(process.Id, sigTerm) != 0 && !process.HasExited)
            throw new InvalidOperationException($"Process {process.Id} takes no signal: error {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>Ends it at once and waits until it is gone, with its output read to the end.</summary>
    public static async Task KillAsync(Process process)
    {
        KillNow(process);
        await process.WaitForExitAsync();
        lock (Running) Running.Remove(process);
    }

    private static void KillNow(Process process)
    {
        if (!process.HasExited) process.Kill();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
