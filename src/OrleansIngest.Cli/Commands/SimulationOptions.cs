using System.CommandLine;
using OrleansIngest.Cli.Simulation;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Cli.Commands;

/// <summary>The options that <c>simulate</c> and <c>demo</c> have in common.</summary>
internal sealed class SimulationOptions
{
    private const int MostDevices = 1_000_000;
    private const int MostRecordsPerSecond = 1_000_000;
    private const double LongestSeconds = 30 * 86_400;

    public SimulationOptions(bool formatRequired)
    {
        Format = new Option<RecordFormat?>("--format")
        {
            Description = formatRequired ? "What to produce" : "Produce this format alone; default: a mix of all, mostly decoded",
            HelpName = "decoded|raw|sensor|event",
            Required = formatRequired,
        };
        Format.AcceptOnlyFromAmong([.. Enum.GetNames<RecordFormat>().Select(n => n.ToLowerInvariant())]);
        Validation.Between(Devices, 1, MostDevices);
        Validation.Between(Rate, 0, MostRecordsPerSecond);
        Validation.Between(Seconds, 0.1, LongestSeconds);
        Validation.Between(Malformed, 0, 1);
        Validation.Between(Duplicates, 0, 1);
    }

    public Option<RecordFormat?> Format { get; }

    public Option<int> Devices { get; } = new("--devices") { Description = "Devices of the fleet", DefaultValueFactory = _ => 1_000, HelpName = "n" };

    public Option<int> Rate { get; } = new("--rate") { Description = "Records a second; 0 for as many as go", DefaultValueFactory = _ => 5_000, HelpName = "n" };

    public Option<double?> Seconds { get; } = new("--seconds") { Description = "End after so long; default: at Ctrl-C", HelpName = "n" };

    public Option<double> Malformed { get; } = new("--malformed") { Description = "Share of records that cannot be stored, such as 0.01", HelpName = "share" };

    public Option<double> Duplicates { get; } = new("--duplicates") { Description = "Share of records that are sent twice, such as 0.01", HelpName = "share" };

    public SimulationPlan Plan(ParseResult parsed, RunId run, IReadOnlyList<FormatShare> shares, long? count, int maxRecordBytes) => new(
        run,
        shares,
        parsed.GetValue(Devices),
        parsed.GetValue(Rate),
        count,
        parsed.GetValue(Seconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        parsed.GetValue(Malformed),
        parsed.GetValue(Duplicates),
        maxRecordBytes);
}
