using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Cli.Demo;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Simulation;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;
using OrleansIngest.Timescale;
using OrleansIngest.Timescale.Connections;
using OrleansIngest.Timescale.Schema;

namespace OrleansIngest.Cli.Commands;

/// <summary><c>ingest demo</c></summary>
internal static class DemoCommand
{
    public static Command Create(Workspace workspace, Steps steps)
    {
        var options = new SimulationOptions(formatRequired: false);
        var host = new Option<HostKind?>("--host") { Description = "standalone or silo; default: silo where the Orleans packages can be had, else standalone", HelpName = "standalone|silo" };
        host.AcceptOnlyFromAmong([.. Enum.GetValues<HostKind>().Select(h => h.Name())]);
        var silos = new Option<int>("--silos") { Description = "Silo processes that share the partitions, 1 to 9", DefaultValueFactory = _ => 1, HelpName = "N" };
        Validation.Between(silos, 1, 9);
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON object, the last line of stdout" };
        var yes = new Option<bool>("--yes") { Description = "On services that were not started here: write the fake fleet to the configured topics and database" };
        var command = new DetailedCommand(
            "demo",
            "Watch a simulated fleet's measurements arrive in TimescaleDB.",
            """
            Finds or starts the services, brings the schema up to date, starts a host, simulates a fleet, and shows how it goes.
            It ends on Ctrl-C or after --seconds: production stops, what is under way is written, and every record is accounted
            for independently of the host: acknowledged by the broker, stored by SQL, dead letters read back from their topic.
            Exit code 0 means that none was lost, and that the built-in broker dropped none unread. On services that were not
            started here it uses topics demo.*, a group and a database (ingest_demo) of its own.
            """)
        {
            options.Devices, options.Rate, options.Seconds, host, silos, json, yes, options.Format, options.Malformed, options.Duplicates,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var hostCount = parsed.GetValue(silos);
            var kind = parsed.GetValue(host) ?? (hostCount > 1 ? HostKind.Silo : workspace.Best());
            if (kind == HostKind.Standalone && hostCount > 1)
                throw new CommandException(ExitCodes.Usage, $"--silos {hostCount} needs --host silo: there is one standalone host", "Leave out --host standalone, or --silos");
            _ = workspace.Program(kind); // before anything is started for it
            using var alone = FileLock.TryTake(workspace.LocalFile("demo.lock"))
                ?? throw new CommandException(ExitCodes.Failed, "another demo runs in this clone", "End it first, or wait for its end");

            var settings = Settings.Read(workspace);
            var services = await new ServiceManager(workspace, steps).UpAsync(settings, cancellationToken);
            var scope = DemoScope.Choose(settings, services, parsed.GetValue(yes), kind, hostCount);
            foreach (var note in scope.Notes) steps.Note(note);

            await HostProcess.EndLeftoversAsync(workspace, steps);
            await TopicSetup.EnsureAsync(services.Kafka, scope.Effective.Kafka, steps, cancellationToken);
            await PrepareDatabaseAsync(scope.Effective.Timescale, steps, cancellationToken);
            var plan = options.Plan(parsed, RunId.New(), Shares(parsed.GetValue(options.Format), scope), null, scope.Effective.Kafka.MaxRecordBytes);
            var figures = await new DemoSession(workspace, steps, scope, kind, hostCount, services.Kafka.Control is not null).RunAsync(plan, cancellationToken);
            DemoSummary.Print(figures, parsed.GetValue(json));
            return figures.IsComplete ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static List<FormatShare> Shares(Core.Records.RecordFormat? only, DemoScope scope)
    {
        var wanted = SimulationPlan.Mix.Where(m => only is null || m.Format == only).ToList();
        var found = wanted.Where(m => scope.TopicOf(m.Format) is not null).ToList();
        if (found.Count == 0)
        {
            throw new CommandException(
                ExitCodes.Usage, $"the configuration binds no topic to the format {string.Join(" or ", wanted.Select(m => m.Format.ToString().ToLowerInvariant()))}",
                "See Kafka:Topics in silo-config/appsettings.json");
        }

        var sum = found.Sum(m => m.Share);
        return [.. found.Select(m => new FormatShare(m.Format, scope.TopicOf(m.Format)!, m.Share / sum))];
    }

    private static async Task PrepareDatabaseAsync(TimescaleOptions options, Steps steps, CancellationToken cancellationToken)
    {
        steps.Begin();
        if (await DatabaseCreator.EnsureAsync(options, cancellationToken)) steps.Done($"Database: created {options.Database}");
        await using var connections = new TimescaleConnections(options);
        var applied = await new MigrationRunner(connections, NullLogger.Instance).ApplyAsync(cancellationToken);
        steps.Done(applied.Count == 0 ? "Schema: up to date" : $"Schema: applied {string.Join(", ", applied)}");
    }
}
