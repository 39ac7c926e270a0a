using System.Globalization;

namespace OrleansIngest.Cli.Demo;

/// <summary>A line now and then, where stderr is no terminal.</summary>
internal static class PlainView
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(DemoProgress progress, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await Task.Delay(Interval, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!end.IsCancellationRequested) Console.Error.WriteLine(Line(progress));
        }
    }

    private static string Line(DemoProgress progress)
    {
        var (acknowledged, rows) = progress.Rates();
        var host = progress.Host;
        var watermark = progress.Lags.Sum(t => t.Watermark);
        var most = progress.Lags.SelectMany(t => t.Lags).DefaultIfEmpty().Max();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{progress.Elapsed.TotalSeconds,8:0.0} s  produced {progress.Produced} ({acknowledged:0}/s)  stored {host?.Writer.RowsWritten ?? 0} ({rows:0} rows/s)  "
            + $"lag {progress.Behind} (most in a partition {most})  watermark {watermark}  flush p50 {host?.Writer.FlushP50Ms ?? 0:0.0} ms p99 {host?.Writer.FlushP99Ms ?? 0:0.0} ms  "
            + $"dead letters {progress.DeadLetters}{(progress.Phase == DemoPhase.Draining ? "  draining" : progress.IsHeld ? "  simulator waits" : "")}");
    }
}
