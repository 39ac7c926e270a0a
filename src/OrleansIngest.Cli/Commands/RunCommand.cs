using System.CommandLine;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;

namespace OrleansIngest.Cli.Commands;

/// <summary><c>ingest run</c></summary>
internal static class RunCommand
{
    public static Command Create(Workspace workspace, Steps steps)
    {
        var host = new Option<HostKind>("--host") { Description = "standalone or silo", DefaultValueFactory = _ => HostKind.Standalone, HelpName = "standalone|silo" };
        host.AcceptOnlyFromAmong([.. Enum.GetValues<HostKind>().Select(h => h.Name())]);
        var profile = new Option<string?>("--profile") { Description = "Of a silo: Silo, which is one alone, or Cluster", HelpName = "Silo|Cluster" };
        profile.AcceptOnlyFromAmong(Hosts.SiloProfile, Hosts.ClusterProfile);
        var folder = new Option<DirectoryInfo>("--config") { Description = "Configuration folder instead of silo-config", HelpName = "folder" };
        folder.AcceptExistingOnly();
        var settings = new Argument<string[]>("settings")
        {
            Description = "Settings that override files and environment, such as --Kafka:GroupId=plant-7",
            HelpName = "--Section:Key=value",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new DetailedCommand(
            "run",
            "Run a host alone, as a service in production does.",
            """
            It logs to stdout and drains on SIGTERM. The configuration is taken as it is; where it names no services, those of
            ./ingest up are taken. Topics must exist. The schema must be up to date: ./ingest migrate.
              ./ingest run --host standalone --Kafka:GroupId=plant-7 --Web:Listen=http://127.0.0.1:8081
              ./ingest run --host silo --profile Cluster --Orleans:Address=10.0.0.7
            """)
        {
            host, profile, folder, settings,
        };
        command.SetAction(parsed =>
        {
            var arguments = parsed.GetValue(settings) ?? [];
            if (Array.Find(arguments, a => !IsSetting(a)) is { } wrong)
                throw new CommandException(ExitCodes.Usage, $"'{wrong}' is no setting", "Settings look like --Kafka:GroupId=plant-7", "See ./ingest run --help");
            var kind = parsed.GetValue(host);
            if (kind == HostKind.Standalone && parsed.GetValue(profile) is not null)
                throw new CommandException(ExitCodes.Usage, "--profile is for --host silo", "Leave it out, or add --host silo");
            var program = workspace.Program(kind);
            var chosen = RunningServices.ForHost(workspace, steps, kind.Profile(parsed.GetValue(profile)), parsed.GetValue(folder)?.FullName, arguments);
            string[] silo = kind == HostKind.Silo ? [$"--Profile={kind.Profile(parsed.GetValue(profile))}"] : [];
            Posix.Become(Dotnet.Runtime, [program, .. silo, .. arguments], chosen.Environment);
            return ExitCodes.Done;
        });
        return command;
    }

    private static bool IsSetting(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) && argument.IndexOf(':') is > 2 and var colon && argument.IndexOf('=') > colon + 1;
}
