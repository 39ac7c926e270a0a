using System.Globalization;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;
using OrleansIngest.Kafka.Broker;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Cli.Services;

/// <summary>The built-in broker as a process of its own (<c>ingest broker</c>) that outlives the command which starts it.</summary>
internal sealed class BuiltInBrokerProcess(Workspace workspace, Steps steps)
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private string LogFile => workspace.LocalFile("broker.log");

    private string EnvironmentFile => workspace.LocalFile("broker.env");

    /// <summary>Whether a recorded broker is alive: its process is one of ours, and its control port answers as that process.</summary>
    public async Task<BrokerStatus?> FindAsync(KafkaEndpoint endpoint, int? processId, CancellationToken cancellationToken)
    {
        if (processId is not { } id || endpoint.Control is not { } control || !IsOurs(id)) return null;
        try
        {
            using var client = new BrokerControlClient(new Uri(control));
            var status = await client.StatusAsync(cancellationToken);
            return status.ProcessId == id ? status : null;
        }
        catch (KafkaUnavailableException)
        {
            return null;
        }
    }

    /// <summary>Starts one.</summary>
    public async Task<(KafkaEndpoint Endpoint, int ProcessId)> StartAsync(CancellationToken cancellationToken)
    {
        File.Delete(EnvironmentFile);
        File.Delete(LogFile);
        using var process = ExternalCommand.StartDetached(LogFile, Dotnet.Command(Dotnet.ThisProgram, "broker", "--env-file", EnvironmentFile));
        var deadline = DateTime.UtcNow + StartTimeout;
        while (!File.Exists(EnvironmentFile))
        {
            if (process.HasExited || DateTime.UtcNow > deadline)
            {
                if (!process.HasExited) await ExternalCommand.StopAsync(process.Id, StopTimeout);
                throw new CommandException(
                    ExitCodes.Unavailable,
                    $"the built-in broker does not start: {LastLine() ?? "it says nothing"}",
                    $"See {Workspace.Shown(LogFile)}", "Or use a broker of your own: set KAFKA_BOOTSTRAP_SERVERS");
            }

            await Task.Delay(Poll, cancellationToken);
        }

        var values = EnvFile.Read(EnvironmentFile);
        var endpoint = new KafkaEndpoint(values["KAFKA_BOOTSTRAP_SERVERS"], ServiceOrigin.BuiltIn, values["BROKER_CONTROL"]);
        steps.Done($"Kafka: the built-in broker listens on {endpoint.BootstrapServers}");
        return (endpoint, int.Parse(values["BROKER_PID"], CultureInfo.InvariantCulture));
    }

    /// <summary>Ends a recorded broker, if that process is one of ours. False where there is none.</summary>
    public async Task<bool> StopAsync(int? processId)
    {
        if (processId is not { } id || !IsOurs(id)) return false;
        await ExternalCommand.StopAsync(id, StopTimeout);
        steps.Done($"Kafka: stopped the built-in broker; what it held is gone");
        return true;
    }

    // The number may be another program's by now.
    private bool IsOurs(int processId)
    {
        var command = ExternalCommand.CommandLine(processId);
        return command.Contains("broker") && Array.Exists(command, c => c.StartsWith(workspace.Home + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }

    private string? LastLine() => File.Exists(LogFile) ? File.ReadLines(LogFile).LastOrDefault(l => l.Trim().Length > 0) : null;
}
