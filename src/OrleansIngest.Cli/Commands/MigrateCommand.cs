using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;
using OrleansIngest.Timescale.Connections;
using OrleansIngest.Timescale.Schema;

namespace OrleansIngest.Cli.Commands;

/// <summary><c>ingest migrate</c></summary>
internal static class MigrateCommand
{
    public static Command Create(Workspace workspace, Steps steps)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be applied, and change nothing" };
        var profile = new Option<string?>("--profile") { Description = "Whose appsettings.{profile}.json applies; default: INGEST_PROFILE, else Standalone", HelpName = "Standalone|Silo|Cluster" };
        profile.AcceptOnlyFromAmong(Hosts.StandaloneProfile, Hosts.SiloProfile, Hosts.ClusterProfile);
        var command = new Command("migrate", "Bring the database's schema up to date, with the maintenance role where one is configured.") { dryRun, profile };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = RunningServices.Database(workspace, steps, parsed.GetValue(profile));
            await using var connections = new TimescaleConnections(options);
            var runner = new MigrationRunner(connections, NullLogger.Instance);
            var isDry = parsed.GetValue(dryRun);
            steps.Begin();
            var migrations = isDry ? await runner.PlanAsync(cancellationToken) : await runner.ApplyAsync(cancellationToken);
            foreach (var migration in migrations) Console.WriteLine($"{(isDry ? "would apply" : "applied")} {migration}");
            steps.Done(migrations.Count == 0
                ? $"Schema: {connections.Endpoint} is up to date"
                : $"Schema: {migrations.Count} migration{(migrations.Count == 1 ? "" : "s")} {(isDry ? "pending for" : "applied to")} {connections.Endpoint}");
            return ExitCodes.Done;
        });
        return command;
    }
}
