using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace OrleansIngest.Cli.Services;

/// <summary>Runs other programs.</summary>
internal static class ExternalCommand
{
    /// <summary>Runs a program to its end; its output goes where ours goes.</summary>
    public static async Task<int> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        return await WaitAsync(process, cancellationToken);
    }

    /// <summary>Runs a program to its end and returns its output; exit code 127 where there is no such program, 124 after <paramref name="timeout"/>.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> CaptureAsync(
        string program, IEnumerable<string> arguments, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception e)
        {
            return (127, "", e.Message);
        }

        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            try
            {
                var exitCode = await WaitAsync(process, limit.Token);
                return (exitCode, await output, await error);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return (124, "", $"{program} did not answer within {timeout.TotalSeconds:0} s");
            }
        }
    }

    /// <summary>
    /// Starts a program in a session of its own: Ctrl-C in our terminal does not reach it, and it may outlive us. Its
    /// output is appended to <paramref name="log"/>.
    /// </summary>
    public static Process StartDetached(string log, IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        // exec all the way: the process that we know is the program itself. Where a shell put us into the background it made
        // us ignore SIGINT, and the program would inherit that.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec setsid env --default-signal=INT \"$@\" >>\"$0\" 2>&1 </dev/null", log, .. command]);
        if (environment is not null)
        {
            start.Environment.Clear();
            foreach (var (name, value) in environment) start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>The command line of a process; empty where there is none.</summary>
    public static string[] CommandLine(int processId)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/cmdline")).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Asks a process of ours to end; after <paramref name="patience"/> ends it.</summary>
    public static async Task StopAsync(int processId, TimeSpan patience)
    {
        Process process;
        try
        {
            process = Process.GetProcessById(processId);
        }
        catch (ArgumentException)
        {
            return; // it is gone
        }

        using (process)
        {
            if (!Posix.Terminate(processId)) return;
            using var limit = new CancellationTokenSource(patience);
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private static async Task<int> WaitAsync(Process process, CancellationToken cancellationToken)
    {
        try
        {
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await StopAsync(process.Id, TimeSpan.FromSeconds(10));
            throw;
        }
    }
}
