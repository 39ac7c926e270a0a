using System.CommandLine;

namespace OrleansIngest.Bench;

/// <summary>What is measured.</summary>
internal enum Part
{
    All,
    Decoder,
    Fuzz,
    Writer,
    EndToEnd,
    Silos,
}

/// <summary>What the command line asks for.</summary>
/// <param name="Part">What is measured.</param>
/// <param name="Rounds">Rounds of each method; figures are their medians.</param>
/// <param name="Records">Records of an end-to-end round.</param>
/// <param name="Devices">Sizes of the fleets of the end-to-end rounds.</param>
/// <param name="Json">Whether the last line is an object with everything that was measured.</param>
internal sealed record BenchOptions(Part Part, int Rounds, int Records, int[] Devices, bool Json)
{
    /// <summary>Whether a part is asked for.</summary>
    public bool Has(Part part) => Part == Part.All || Part == part;

    /// <summary>The command line, which runs <paramref name="run"/>.</summary>
    public static RootCommand Command(Func<BenchOptions, CancellationToken, Task<int>> run)
    {
        var part = new Argument<Part>("part")
        {
            Description = "decoder, fuzz, writer, end-to-end, silos, or all",
            DefaultValueFactory = _ => Part.All,
            CustomParser = result => Parse(result.Tokens[0].Value) is { } known ? known : Fail<Part>(result, $"There is no part '{result.Tokens[0].Value}': decoder, fuzz, writer, end-to-end, silos, all."),
        };
        var rounds = new Option<int>("--rounds") { Description = "Rounds of each method; figures are their medians", DefaultValueFactory = _ => 5, HelpName = "n" };
        var records = new Option<int>("--records") { Description = "Records of an end-to-end round", DefaultValueFactory = _ => 400_000, HelpName = "n" };
        var devices = new Option<int[]>("--devices")
        {
            Description = "Sizes of the fleets of the end-to-end rounds",
            DefaultValueFactory = _ => [1_000, 10_000],
            HelpName = "n,n",
            CustomParser = result => Numbers(result.Tokens.Select(t => t.Value)) is { } numbers ? numbers : Fail<int[]>(result, "--devices takes numbers, such as 1000,10000."),
        };
        var json = new Option<bool>("--json") { Description = "Print everything that was measured as one JSON object on the last line" };
        foreach (var option in new[] { rounds, records })
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out var n) || n < 1)) result.AddError($"{option.Name} is '{result.Tokens[0].Value}'; it must be at least 1.");
            });
        }

        var root = new RootCommand("Measures decoder, writer and the way from Kafka to TimescaleDB, beside text COPY and single-row INSERTs, in rounds that take turns.")
        {
            part, rounds, records, devices, json,
        };
        root.SetAction((parsed, cancellationToken) => run(
            new BenchOptions(parsed.GetValue(part), parsed.GetValue(rounds), parsed.GetValue(records), parsed.GetValue(devices)!, parsed.GetValue(json)),
            cancellationToken));
        return root;
    }

    private static Part? Parse(string name) => name switch
    {
        "all" => Part.All,
        "decoder" => Part.Decoder,
        "fuzz" => Part.Fuzz,
        "writer" => Part.Writer,
        "end-to-end" => Part.EndToEnd,
        "silos" => Part.Silos,
        _ => null,
    };

    private static int[]? Numbers(IEnumerable<string> tokens)
    {
        var numbers = new List<int>();
        foreach (var token in tokens.SelectMany(t => t.Split(',')))
        {
            if (!int.TryParse(token, out var number) || number < 1) return null;
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private static T? Fail<T>(System.CommandLine.Parsing.ArgumentResult result, string error)
    {
        result.AddError(error);
        return default;
    }
}
