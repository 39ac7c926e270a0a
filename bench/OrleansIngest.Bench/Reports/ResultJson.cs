using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansIngest.Bench.Decoding;
using OrleansIngest.Bench.Measuring;

namespace OrleansIngest.Bench.Reports;

/// <summary>The figures for programs: one object on one line of stdout.</summary>
internal static class ResultJson
{
    private static readonly JsonSerializerOptions OneLine = new() { WriteIndented = false };

    public static void Print(BenchOptions options, IReadOnlyList<Figure> figures, FuzzSummary? fuzz)
    {
        var result = new JsonObject
        {
            ["rounds"] = options.Rounds,
            ["records"] = options.Records,
            ["processors"] = Environment.ProcessorCount,
            ["figures"] = new JsonObject(figures.Select(f => KeyValuePair.Create(f.Id, (JsonNode?)ToJson(f)))),
            ["goals_met"] = figures.All(f => f.Goals.All(g => g.IsMet(f))),
        };
        if (fuzz is not null)
        {
            result["fuzz"] = new JsonObject { ["records"] = fuzz.Records, ["decoded"] = fuzz.Decoded, ["rejected"] = fuzz.Rejected, ["escapes"] = fuzz.Escapes.Count };
        }

        Console.WriteLine(result.ToJsonString(OneLine));
    }

    private static JsonObject ToJson(Figure figure) => new()
    {
        ["value"] = Rounded(figure.Value),
        ["samples"] = new JsonArray([.. figure.Samples.Select(s => (JsonNode)Rounded(s))]),
        ["goals"] = new JsonArray([.. figure.Goals.Select(g => (JsonNode)new JsonObject
        {
            [g.IsLeast ? "at_least" : "at_most"] = g.Bound,
            ["of"] = g.Of?.Id,
            ["reached"] = Rounded(g.Reached(figure)),
            ["met"] = g.IsMet(figure),
        })]),
    };

    private static double Rounded(double value) => Math.Round(value, 3);
}
