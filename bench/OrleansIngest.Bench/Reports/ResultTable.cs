using System.Globalization;
using OrleansIngest.Bench.Measuring;
using Spectre.Console;

namespace OrleansIngest.Bench.Reports;

/// <summary>The figures for people, on stdout.</summary>
internal static class ResultTable
{
    public static void Print(IReadOnlyList<Figure> figures)
    {
        var table = new Table().RoundedBorder().AddColumns(
            new TableColumn("Figure"),
            new TableColumn("Value").RightAligned(),
            new TableColumn("Of all rounds").RightAligned(),
            new TableColumn("Goal"),
            new TableColumn("Reached").RightAligned(),
            new TableColumn("Met"));
        foreach (var figure in figures)
        {
            table.AddRow(
                Markup.Escape(figure.Title),
                Number(figure.Value),
                $"{Number(figure.Samples.Min())} – {Number(figure.Samples.Max())}",
                Lines(figure, Bound),
                Lines(figure, g => g.Of is null ? Number(g.Reached(figure)) : $"{g.Reached(figure).ToString("F2", CultureInfo.InvariantCulture)} ×"),
                Lines(figure, g => g.IsMet(figure) ? "[green]yes[/]" : "[red]no[/]"));
        }

        AnsiConsole.Write(table);
    }

    private static string Bound(Goal goal)
    {
        var bound = goal.Bound.ToString("#,0.##", CultureInfo.InvariantCulture);
        return $"{(goal.IsLeast ? "≥" : "≤")} {bound}{(goal.Of is { } of ? $" × {Markup.Escape(of.Short)}" : "")}";
    }

    private static string Lines(Figure figure, Func<Goal, string> line) => string.Join('\n', figure.Goals.Select(line));

    private static string Number(double value) => value.ToString(value < 100 ? "F1" : "N0", CultureInfo.InvariantCulture);
}
