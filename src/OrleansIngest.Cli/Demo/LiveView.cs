using System.Globalization;
using OrleansIngest.Cli.Terminal;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OrleansIngest.Cli.Demo;

/// <summary>The live view on a terminal.</summary>
internal static class LiveView
{
    private const int BarWidth = 24;
    private const string Bars = " ▁▂▃▄▅▆▇█";
    private const string PlainBars = " .:-=+*#@";

    // They fit 80 columns, and do not jump about with the figures.
    private static readonly (int Width, Justify Alignment)[] Widths =
        [(12, Justify.Left), (11, Justify.Right), (15, Justify.Right), (15, Justify.Left), (13, Justify.Right), (13, Justify.Right)];

    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(250);

    /// <summary>Draws until <paramref name="end"/>; the last frame stays.</summary>
    public static Task RunAsync(DemoProgress progress, CancellationToken end) =>
        Consoles.Error.Live(Draw(progress)).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
        {
            while (!end.IsCancellationRequested)
            {
                live.UpdateTarget(Draw(progress));
                await Task.Delay(Frame, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            live.UpdateTarget(Draw(progress));
        });

    private static Rows Draw(DemoProgress progress)
    {
        var title = $"[bold]ingest demo[/]  {progress.HostName}  run {progress.Run}  {Number(progress.Elapsed.TotalSeconds, 1)} s";
        var doing = progress.Phase switch
        {
            DemoPhase.Ended => "[dim]ended[/]",
            DemoPhase.Draining => "[yellow]draining[/]",
            _ when progress.IsHeld => "[yellow]the simulator waits: the built-in broker keeps 5 MiB a partition[/]",
            _ => "[dim]Ctrl-C ends it[/]",
        };
        List<IRenderable> lines = [new Markup($"{title}  {doing}"), Text.Empty, Figures(progress), Text.Empty, Lag(progress)];
        if (progress.Host is { Ready: false } host)
        {
            lines.Add(Text.Empty);
            lines.AddRange(host.Problems.Select(p => new Markup($"[red]host not ready:[/] {Markup.Escape(p)}")));
        }

        return new Rows(lines);
    }

    private static Grid Figures(DemoProgress progress)
    {
        var (acknowledged, rows) = progress.Rates();
        var writer = progress.Host?.Writer;
        var grid = new Grid();
        foreach (var (width, alignment) in Widths)
            grid.AddColumn(new GridColumn { Width = width, NoWrap = true, Padding = new Padding(0, 0, 0, 0), Alignment = alignment });
        Add(grid, "produced", Count(progress.Produced), $"{Count((long)acknowledged)}/s", "flush", $"p50 {Milliseconds(writer?.FlushP50Ms)}", $"p99 {Milliseconds(writer?.FlushP99Ms)}");
        Add(grid, "stored", Count(writer?.RowsWritten), $"[bold]{Count((long)rows)} rows/s[/]", "append to row", $"p50 {Milliseconds(progress.Host?.Latency.P50Ms)}", $"p99 {Milliseconds(progress.Host?.Latency.P99Ms)}");
        Add(grid, "dead letters", Count(progress.DeadLetters), "", "memory", $"{Count(progress.Host?.Memory.WorkingSetBytes >> 20)} MB", $"peak {Count(progress.PeakBytes >> 20)} MB");
        Add(grid, "lag", Count(progress.Behind), "", "twins", Count(progress.Host?.Devices.Twins), "");
        return grid;
    }

    // One bar a partition; the scale is the topic's own.
    private static Grid Lag(DemoProgress progress)
    {
        var bars = Consoles.Error.Profile.Capabilities.Unicode ? Bars : PlainBars;
        var grid = new Grid().AddColumns(5);
        foreach (var column in (int[])[2, 3, 4]) grid.Columns[column].RightAligned();
        grid.AddRow(Dim("topic"), Dim("lag per partition"), Dim("most"), Dim("watermark"), Dim("end"));
        foreach (var topic in progress.Lags)
        {
            var most = topic.Lags.DefaultIfEmpty().Max();
            var bar = string.Concat(topic.Lags.Take(BarWidth).Select(lag => bars[Level(lag, most, bars.Length)]));
            grid.AddRow(
                new Text(topic.Topic),
                new Markup($"[green on grey15]{Markup.Escape(bar)}[/]{(topic.Lags.Count > BarWidth ? $" +{topic.Lags.Count - BarWidth}" : "")}"),
                new Text(Count(most)),
                new Text(Count(topic.Watermark)),
                new Text(Count(topic.End)));
        }

        return grid;
    }

    private static int Level(long lag, long most, int levels) => lag <= 0 ? 0 : 1 + (int)((lag - 1) * (levels - 1) / most);

    private static void Add(Grid grid, params string[] cells) =>
        grid.AddRow([.. cells.Select((cell, n) => new Markup(n is 0 or 3 ? $"{(n == 3 ? "  " : "")}[dim]{cell}[/]" : cell))]);

    private static string Milliseconds(double? value) => $"{Number(value, value < 100 ? 1 : 0)} ms";

    private static Markup Dim(string text) => new($"[dim]{text}[/]");

    private static string Count(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "-";

    private static string Number(double? value, int digits) => value?.ToString("N" + digits, CultureInfo.InvariantCulture) ?? "-";
}
