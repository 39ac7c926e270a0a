using System.CommandLine;
using System.Globalization;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Simulation;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Core.Records;
using OrleansIngest.Hosting;

namespace OrleansIngest.Cli.Commands;

/// <summary><c>ingest simulate</c></summary>
internal static class SimulateCommand
{
    public static Command Create(Workspace workspace, Steps steps)
    {
        var options = new SimulationOptions(formatRequired: true);
        var topic = new Option<string?>("--topic") { Description = "Where to; default: the topic that the configuration binds to the format", HelpName = "name" };
        var count = new Option<long?>("--count") { Description = "End after this many records, repeats and malformed ones among them", HelpName = "n" };
        var runId = new Option<string?>("--run-id") { Description = $"Letters and digits that stand in every device id (at most {RunId.MaxLength}); default: new ones", HelpName = "id" };
        Validation.Between(count, 1, long.MaxValue);
        var command = new DetailedCommand(
            "simulate",
            "Produce a simulated fleet's records, and nothing else.",
            """
            Every record has a time and key of its own. --duplicates sends some a second time (but no raw ones: these are told
            apart by their offset); --malformed makes some that must end as dead letters, taking turns through the reasons.
            """)
        {
            options.Format, topic, options.Devices, options.Rate, options.Seconds, count, options.Malformed, options.Duplicates, runId,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var run = parsed.GetValue(runId) is { } text
                ? RunId.TryParse(text) ?? throw new CommandException(ExitCodes.Usage, $"'{text}' is no run id", $"Give 1 to {RunId.MaxLength} letters and digits")
                : RunId.New();
            var kafka = RunningServices.Kafka(workspace, steps);
            var format = parsed.GetValue(options.Format)!.Value;
            var name = parsed.GetValue(topic)
                ?? kafka.Topics.Find(t => t.Format == format)?.Name
                ?? throw new CommandException(ExitCodes.Usage, $"the configuration binds no topic to the format {Name(format)}", "Name one with --topic");
            var access = new KafkaAccess(kafka);
            await RequireTopicAsync(access, name);

            var plan = options.Plan(parsed, run, [new FormatShare(format, name, 1)], parsed.GetValue(count), kafka.MaxRecordBytes);
            using var producer = access.CreateProducer();
            var simulator = new Simulator(plan, producer);
            steps.Note($"run {run}: {Name(format)} to {name} on {kafka.BootstrapServers}{(plan.Count is null && plan.Duration is null ? ", until Ctrl-C" : "")}");
            steps.Begin();
            await simulator.RunAsync(cancellationToken);
            return Report(simulator.Counts[0], access, steps);
        });
        return command;
    }

    private static async Task RequireTopicAsync(KafkaAccess access, string topic)
    {
        using var admin = access.CreateAdmin();
        if ((await new KafkaLogs(admin).PartitionsAsync([topic])).Count == 0)
        {
            throw new CommandException(
                ExitCodes.Unavailable, $"the topic '{topic}' does not exist on {access.Options.BootstrapServers}", "./ingest up creates the configured topics");
        }
    }

    private static int Report(TopicCounts counts, KafkaAccess access, Steps steps)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Name(counts.Format)}: {counts.Produced} produced, {counts.Acknowledged} acknowledged, of which {counts.Duplicates} duplicates and {counts.Malformed} malformed"));
        steps.Done($"Simulation: {counts.Topic} has them");
        if (counts.Failed == 0) return ExitCodes.Done;
        steps.Error($"{counts.Failed} records were not acknowledged: {access.Hide(counts.Failure ?? "")}", ["See whether the broker runs: ./ingest status"]);
        return ExitCodes.Failed;
    }

    private static string Name(RecordFormat format) => format.ToString().ToLowerInvariant();
}
