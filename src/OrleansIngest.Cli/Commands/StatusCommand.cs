using System.CommandLine;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;
using Spectre.Console;

namespace OrleansIngest.Cli.Commands;

/// <summary><c>ingest status</c></summary>
internal static class StatusCommand
{
    public static Command Create(Workspace workspace, Steps steps)
    {
        var command = new Command("status", "Show where the services are and whether they answer; exit code 3 where one does not.");
        command.SetAction(async (_, cancellationToken) =>
        {
            var states = await new ServiceManager(workspace, steps).StatusAsync(Settings.Read(workspace), cancellationToken);
            var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "", "", "");
            foreach (var state in states)
            {
                table.AddRow(
                    new Text(state.Name),
                    new Text(state.Origin?.Name() ?? "-"),
                    new Text(state.Address.Length > 0 ? state.Address : "-"),
                    state.Problem is null ? new Markup("[green]answers[/]") : new Markup($"[red]{Markup.Escape(state.Problem)}[/]"));
            }

            Consoles.Output.Write(table);
            return states.All(s => s.Problem is null) ? ExitCodes.Done : ExitCodes.Unavailable;
        });
        return command;
    }
}
