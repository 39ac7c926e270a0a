using System.CommandLine;
using System.CommandLine.Invocation;
using Npgsql;
using OrleansIngest.Cli.Commands;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Kafka.Clients;
using OrleansIngest.Timescale.Schema;

namespace OrleansIngest.Cli;

/// <summary>The command line <c>ingest</c>.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var steps = new Steps();
        try
        {
            using var interruption = new Interruption();
            var root = Root(Workspace.Find(), steps);
            DetailedHelp.Install(root);
            var parsed = root.Parse(args);
            if (args.Length == 0)
            {
                _ = root.Parse("--help").Invoke();
                return ExitCodes.Usage;
            }

            if (parsed.Action is ParseErrorAction)
            {
                foreach (var error in parsed.Errors) steps.Error(error.Message, []);
                var command = string.Join(' ', PathOf(parsed.CommandResult.Command, parsed.RootCommandResult.Command).Prepend("./ingest"));
                Console.Error.WriteLine($"  See {command} --help");
                return ExitCodes.Usage;
            }

            var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(invocation, interruption.Token);
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Done; // it was asked for
        }
        catch (Exception e)
        {
            var failure = Explain(e);
            if (failure.Message.Length > 0) steps.Error(failure.Message, failure.Next);
            return failure.ExitCode;
        }
    }

    private static RootCommand Root(Workspace workspace, Steps steps) => new(
        "Measurements from Kafka, through one actor per device, into TimescaleDB.\n\n"
        + "Exit codes: 0 done (Ctrl-C too), 1 a check or test failed, 2 configuration or usage, 3 a service cannot be had.")
    {
        DemoCommand.Create(workspace, steps),
        TestCommand.Create(workspace, steps),
        UpCommand.Create(workspace, steps),
        DownCommand.Create(workspace, steps),
        StatusCommand.Create(workspace, steps),
        RunCommand.Create(workspace, steps),
        SimulateCommand.Create(workspace, steps),
        MigrateCommand.Create(workspace, steps),
        DeadLettersCommand.Create(workspace, steps),
        BenchCommand.Create(workspace, steps),
        BrokerCommand.Create(workspace, steps),
    };

    private static CommandException Explain(Exception error) => error switch
    {
        CommandException e => e,
        SetupFailedException e => new CommandException(e.ExitCode, ""), // the script has said it
        ConfigurationException e => new CommandException(ExitCodes.Usage, e.Message),
        SchemaException e => new CommandException(ExitCodes.Unavailable, e.Message),
        KafkaUnavailableException e => new CommandException(ExitCodes.Unavailable, e.Message, "Services: ./ingest status"),
        PostgresException e => new CommandException(ExitCodes.Unavailable, $"the database refuses: {e.MessageText} (SQLSTATE {e.SqlState})"),
        NpgsqlException e => new CommandException(ExitCodes.Unavailable, $"the database does not answer: {(e.InnerException ?? e).Message}", "Services: ./ingest status"),
        Confluent.Kafka.KafkaException e => new CommandException(ExitCodes.Unavailable, $"Kafka does not answer: {e.Error.Reason}", "Services: ./ingest status"),
        UnauthorizedAccessException e => new CommandException(ExitCodes.Unavailable, e.Message, "Run this as the owner of the folder, or from a clone of your own"),
        // A defect: whoever mends it needs the stack.
        _ => new CommandException(ExitCodes.Failed, $"this should not happen: {error.Message}", error.ToString().Split('\n')),
    };

    private static IEnumerable<string> PathOf(Command command, Command root) =>
        command == root ? [] : [.. command.Parents.OfType<Command>().Take(1).SelectMany(p => PathOf(p, root)), command.Name];
}
