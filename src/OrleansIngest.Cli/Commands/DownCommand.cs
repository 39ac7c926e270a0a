using System.CommandLine;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;

namespace OrleansIngest.Cli.Commands;

/// <summary><c>ingest down</c></summary>
internal static class DownCommand
{
    public static Command Create(Workspace workspace, Steps steps)
    {
        var command = new DetailedCommand(
            "down",
            "Stop the services that were started here.",
            "The database keeps its data; the built-in broker keeps nothing. Services that the environment names are left alone.");
        command.SetAction(async (_, cancellationToken) =>
        {
            await new ServiceManager(workspace, steps).DownAsync(cancellationToken);
            return ExitCodes.Done;
        });
        return command;
    }
}
