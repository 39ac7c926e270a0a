using System.Globalization;
using System.Text.Json;
using OrleansIngest.Cli.Terminal;
using Spectre.Console;

namespace OrleansIngest.Cli.Demo;

/// <summary>The result on stdout.</summary>
internal static class DemoSummary
{
    public static void Print(DemoFigures figures, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(figures, DemoJson.Default.DemoFigures));
            return;
        }

        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "", "");
        table.Columns[1].RightAligned();
        void Row(string name, long value, string meaning) =>
            table.AddRow(new Text(name), new Text(value.ToString("N0", CultureInfo.InvariantCulture)), new Markup($"[dim]{Markup.Escape(meaning)}[/]"));
        Row("acknowledged", figures.Acknowledged, "by the broker's delivery reports");
        Row("- duplicates", figures.Duplicates, "acknowledged twice, by the simulator's own count");
        Row("- stored", figures.Stored, "counted in the tables by SQL");
        Row("- dead letters", figures.DeadLettered, "read back from the dead-letter topic");
        Row("- dropped by broker", figures.DroppedByBroker, "expired unread by the built-in broker");
        Row("= lost", figures.Lost, figures.Lost < 0 ? "more was stored than was produced" : "");
        Console.WriteLine();
        Consoles.Output.Write(table);
        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{figures.Host}: {figures.RowsPerSecond:N0} rows/s over {figures.Seconds:0.0} s; Kafka append to committed row p50 {figures.LatencyP50Ms:0} ms, p99 {figures.LatencyP99Ms:0} ms; at most {figures.MaxRssMb:0} MB"));
        Consoles.Output.MarkupLine(figures.IsComplete ? "[green]Nothing was lost.[/]" : "[red]Not every record is where it belongs.[/]");
    }
}
