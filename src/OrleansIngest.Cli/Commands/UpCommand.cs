using System.CommandLine;
using OrleansIngest.Cli.Services;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;

namespace OrleansIngest.Cli.Commands;

/// <summary><c>ingest up</c></summary>
internal static class UpCommand
{
    public static Command Create(Workspace workspace, Steps steps)
    {
        var command = new DetailedCommand(
            "up",
            "Find or start Kafka and TimescaleDB, and create the topics.",
            """
            Each service is looked for in this order:
              1. the environment (KAFKA_BOOTSTRAP_SERVERS, TIMESCALE_HOST and their aliases) or the configuration;
              2. docker-compose.yml, where a Docker engine answers;
              3. the built-in broker, and TimescaleDB from Debian's packages in .local/ (root, Debian 12 or newer, amd64).
            What it starts stays up until ./ingest down. .local/services.env says where it listens:
              set -a; . .local/services.env
            """);
        command.SetAction(async (_, cancellationToken) =>
        {
            var settings = Settings.Read(workspace);
            var services = await new ServiceManager(workspace, steps).UpAsync(settings, cancellationToken);
            await TopicSetup.EnsureAsync(services.Kafka, settings.With(services).Load().Kafka, steps, cancellationToken);
            return ExitCodes.Done;
        });
        return command;
    }
}
