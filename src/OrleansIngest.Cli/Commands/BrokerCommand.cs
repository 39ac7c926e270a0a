using System.CommandLine;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;
using OrleansIngest.Kafka.Broker;

namespace OrleansIngest.Cli.Commands;

/// <summary><c>ingest broker</c></summary>
internal static class BrokerCommand
{
    public static Command Create(Workspace workspace, Steps steps)
    {
        var port = new Option<int>("--control-port") { Description = "Port of the control interface on 127.0.0.1; 0 takes a free one", HelpName = "port" };
        var topics = new Option<string[]>("--topic") { Description = "A topic to create at start; may be repeated", HelpName = "name" };
        var partitions = new Option<int>("--partitions") { Description = "Partitions of each", DefaultValueFactory = _ => TopicSetup.Partitions, HelpName = "n" };
        var file = new Option<string?>("--env-file") { Description = "Where to write the addresses once it listens", HelpName = "file" };
        Validation.Between(port, 0, 65_535);
        Validation.Between(partitions, 1, 1_000);
        var command = new DetailedCommand(
            "broker",
            "Run the built-in broker, or make the running one go down and up.",
            """
            It speaks Kafka's protocol and keeps everything in memory, for demos and tests: 5 MiB a partition, of which it
            drops the oldest beyond that, and nothing once it ends. Without a subcommand it runs until Ctrl-C.
            ./ingest up starts one in the background: 'broker down' makes that one refuse connections, as an outage would,
            'broker up' makes it accept them again.
            """)
        {
            port, topics, partitions, file, Control(workspace, steps, up: false), Control(workspace, steps, up: true),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new BuiltInBrokerHostOptions
            {
                ControlPort = parsed.GetValue(port),
                Topics = [.. parsed.GetValue(topics) ?? []],
                Partitions = parsed.GetValue(partitions),
                EnvFile = parsed.GetValue(file),
            };
            try
            {
                await BuiltInBrokerHost.RunAsync(options, (status, control) => steps.Done(
                    $"Kafka: the built-in broker listens on {status.BootstrapServers}, its control interface on {control.GetLeftPart(UriPartial.Authority)}"), cancellationToken);
            }
            catch (IOException e)
            {
                throw new CommandException(ExitCodes.Unavailable, $"the built-in broker does not start: {e.Message}", "Choose another --control-port or --env-file");
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Control(Workspace workspace, Steps steps, bool up)
    {
        var command = new Command(
            up ? "up" : "down",
            up ? "Let the broker that ./ingest up started accept connections again." : "Make the broker that ./ingest up started refuse connections; it keeps its records.");
        command.SetAction(async (_, cancellationToken) =>
        {
            if (new ServiceManager(workspace, steps).Recorded().Kafka?.Control is not { } control)
                throw new CommandException(ExitCodes.Unavailable, "no built-in broker was started here", "Start it: ./ingest up");
            using var client = new BrokerControlClient(new Uri(control));
            await (up ? client.BringUpAsync(cancellationToken) : client.TakeDownAsync(cancellationToken));
            steps.Done($"Kafka: the built-in broker {(up ? "accepts" : "refuses")} connections");
            return ExitCodes.Done;
        });
        return command;
    }
}
