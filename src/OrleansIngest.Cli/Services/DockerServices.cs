using System.Globalization;
using System.Text.Json;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;

namespace OrleansIngest.Cli.Services;

/// <summary>The services of docker-compose.yml.</summary>
internal sealed class DockerServices(Workspace workspace, Steps steps)
{
    private const string KafkaService = "kafka";
    private const string DatabaseService = "timescaledb";

    // As docker-compose.yml says.
    private const int KafkaPort = 19092;
    private const int DatabasePort = 15432;
    private const string Account = "ingest";

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Whether a Docker engine and its compose plug-in answer.</summary>
    public static async Task<bool> AnswerAsync(CancellationToken cancellationToken)
    {
        var compose = await ExternalCommand.CaptureAsync("docker", ["compose", "version"], AnswerTimeout, cancellationToken);
        if (compose.ExitCode != 0) return false;
        var engine = await ExternalCommand.CaptureAsync("docker", ["info", "--format", "{{.ServerVersion}}"], AnswerTimeout, cancellationToken);
        return engine.ExitCode == 0 && engine.Output.Trim().Length > 0;
    }

    public async Task<KafkaEndpoint> StartKafkaAsync(CancellationToken cancellationToken)
    {
        await StartAsync(KafkaService, cancellationToken);
        var endpoint = new KafkaEndpoint($"127.0.0.1:{Port("INGEST_KAFKA_PORT", KafkaPort)}", ServiceOrigin.Docker, null);
        steps.Done($"Kafka: the container answers on {endpoint.BootstrapServers}");
        return endpoint;
    }

    public async Task<DatabaseEndpoint> StartDatabaseAsync(CancellationToken cancellationToken)
    {
        await StartAsync(DatabaseService, cancellationToken);
        var port = Port("INGEST_TIMESCALE_PORT", DatabasePort);
        var endpoint = new DatabaseEndpoint("127.0.0.1", port, Account, Account, Account, ServiceOrigin.Docker);
        steps.Done($"TimescaleDB: the container answers on {endpoint}");
        return endpoint;
    }

    public Task StopKafkaAsync(CancellationToken cancellationToken) => StopAsync(KafkaService, "Kafka", cancellationToken);

    public Task StopDatabaseAsync(CancellationToken cancellationToken) => StopAsync(DatabaseService, "TimescaleDB", cancellationToken);

    /// <summary>Whether the container of a service runs and is healthy.</summary>
    public async Task<bool> RunsAsync(bool kafka, CancellationToken cancellationToken)
    {
        var (exitCode, output, _) = await ExternalCommand.CaptureAsync(
            "docker", [.. Compose, "ps", "--format", "json", kafka ? KafkaService : DatabaseService], AnswerTimeout, cancellationToken);
        if (exitCode != 0 || output.Trim() is not ['{', ..] text) return false;
        using var container = JsonDocument.Parse(text.Split('\n')[0]);
        return container.RootElement.TryGetProperty("Health", out var health) && health.GetString() == "healthy";
    }

    private string[] Compose => ["compose", "--file", Path.Combine(workspace.Home, "docker-compose.yml")];

    private async Task StartAsync(string service, CancellationToken cancellationToken)
    {
        var exitCode = await ExternalCommand.RunAsync("docker", [.. Compose, "up", "--detach", "--wait", service], cancellationToken);
        if (exitCode != 0)
        {
            throw new CommandException(
                ExitCodes.Unavailable, $"the service {service} of docker-compose.yml does not start",
                $"See its log: docker {string.Join(' ', Compose)} logs {service}",
                "Or use a server of your own: set KAFKA_BOOTSTRAP_SERVERS, or TIMESCALE_HOST with TIMESCALE_PORT, TIMESCALE_USER, TIMESCALE_PASSWORD");
        }
    }

    private async Task StopAsync(string service, string name, CancellationToken cancellationToken)
    {
        var exitCode = await ExternalCommand.RunAsync("docker", [.. Compose, "rm", "--stop", "--force", service], cancellationToken);
        if (exitCode != 0)
        {
            throw new CommandException(
                ExitCodes.Failed, $"the service {service} of docker-compose.yml does not stop", $"Try: docker {string.Join(' ', Compose)} down");
        }

        steps.Done($"{name}: stopped the container; its data stay in their volume");
    }

    private static int Port(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var port) ? port : otherwise;
}
