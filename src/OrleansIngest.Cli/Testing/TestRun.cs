using System.Diagnostics;
using System.Globalization;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;

namespace OrleansIngest.Cli.Testing;

/// <summary>Runs test projects one after another, so that nothing stops what another needs.</summary>
internal sealed class TestRun(Workspace workspace, Steps steps, IReadOnlyDictionary<string, string> environment, string? filter, bool isLong)
{
    private const int ShownLogLines = 30;
    private static readonly TimeSpan SignOfLife = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(15);

    // A project that takes longer hangs.
    private readonly TimeSpan _limit = isLong ? TimeSpan.FromHours(2) : TimeSpan.FromMinutes(45);

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public int Skipped { get; private set; }

    /// <summary>Runs one project and prints what became of it.</summary>
    public async Task RunAsync(TestProject project, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        if (!File.Exists(project.Program))
        {
            Broken(project, watch, $"{project.Program} is not built: run this through ./ingest, which builds it", null);
            return;
        }

        var folder = Directory.CreateDirectory(workspace.LocalFile("tests")).FullName;
        var (log, xml) = (Path.Combine(folder, project.Name + ".log"), Path.Combine(folder, project.Name + ".xml"));
        File.Delete(log);
        File.Delete(xml);
        string[] chosen = filter is null ? [] : ["-method", $"*{filter}*"];
        using var process = ExternalCommand.StartDetached(log, Dotnet.Command(project.Program, ["-noColor", "-noLogo", "-xml", xml, .. chosen]), environment);
        var inTime = await WaitAsync(process, project, watch, cancellationToken);
        if (!inTime) Broken(project, watch, $"it did not end within {_limit.TotalMinutes:0} minutes and was ended", log);
        else if (TestReport.TryRead(xml) is not { } report) Broken(project, watch, $"it ended with exit code {process.ExitCode} and without a report", log);
        else if (report.Total == 0 && filter is null) Broken(project, watch, "it has no tests", log);
        else if (report.Failed == 0 && process.ExitCode != 0) Broken(project, watch, $"no test failed, but its exit code is {process.ExitCode}", log);
        else Add(project, watch, report);
    }

    /// <summary>Counts projects that cannot run here.</summary>
    public void AddNotRun(int projects, bool areFailures)
    {
        if (areFailures) Failed += projects;
        else Skipped += projects;
    }

    private void Add(TestProject project, Stopwatch watch, TestReport report)
    {
        foreach (var detail in report.Details) Console.WriteLine(detail);
        Print(project, watch, report.Total == 0 ? "no test matches" : $"{report.Passed} passed, {report.Failed} failed, {report.Skipped} skipped");
        Passed += report.Passed;
        Failed += report.Failed;
        Skipped += report.Skipped;
    }

    private void Broken(TestProject project, Stopwatch watch, string why, string? log)
    {
        if (log is not null && File.Exists(log))
        {
            foreach (var line in File.ReadLines(log).TakeLast(ShownLogLines)) Console.WriteLine("  " + line);
            why += $"; see {Workspace.Shown(log)}";
        }

        Print(project, watch, $"FAILED: {why}");
        Failed++;
    }

    private static void Print(TestProject project, Stopwatch watch, string text) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{watch.Elapsed.TotalSeconds,7:0.0} s] {project.Name}: {text}"));

    private async Task<bool> WaitAsync(Process process, TestProject project, Stopwatch watch, CancellationToken cancellationToken)
    {
        try
        {
            var ended = process.WaitForExitAsync(cancellationToken);
            while (await Task.WhenAny(ended, Task.Delay(SignOfLife, cancellationToken)) != ended)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (watch.Elapsed > _limit)
                {
                    await EndAsync(process);
                    return false;
                }

                steps.Note($"{project.Name}: runs for {watch.Elapsed.TotalMinutes:0} min");
            }

            await ended;
            return true;
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process);
            throw;
        }
    }

    // Ctrl-C first: the runner then lets fixtures clean up what they started.
    private static async Task EndAsync(Process process)
    {
        Posix.Interrupt(process.Id);
        using var patience = new CancellationTokenSource(EndPatience);
        await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!process.HasExited) await ExternalCommand.StopAsync(process.Id, EndPatience);
    }
}
