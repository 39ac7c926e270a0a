using OrleansIngest.Cli.Terminal;
using OrleansIngest.Kafka.Broker;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Cli.Services;

/// <summary>
/// Finds each service or starts it: what the environment names; what runs here already; docker-compose.yml where a
/// Docker engine answers; else what this repository brings along. Safe to run at the same time in several processes.
/// </summary>
internal sealed class ServiceManager(Workspace workspace, Steps steps)
{
    /// <summary>A first set-up downloads packages.</summary>
    private static readonly TimeSpan LockTimeout = TimeSpan.FromMinutes(15);

    private readonly ServicesFile _file = new(workspace);
    private readonly DockerServices _docker = new(workspace, steps);
    private readonly BuiltInBrokerProcess _broker = new(workspace, steps);
    private readonly BuiltInDatabase _database = new(workspace, steps);

    /// <summary>Both services, started where they have to be.</summary>
    public async Task<ServiceSet> UpAsync(Settings settings, CancellationToken cancellationToken)
    {
        var (kafkaNamed, databaseNamed) = settings.Named();
        var kafka = kafkaNamed ? await ConfiguredKafkaAsync(settings, cancellationToken) : null;
        var database = databaseNamed ? await ConfiguredDatabaseAsync(settings, cancellationToken) : null;
        if (kafka is not null && database is not null) return new ServiceSet(kafka, database);

        using var alone = await FileLock.TakeAsync(workspace.LocalFile("services.lock"), LockTimeout, steps, cancellationToken);
        steps.Begin();
        var docker = new Lazy<Task<bool>>(() => DockerServices.AnswerAsync(cancellationToken));
        kafka ??= await OwnKafkaAsync(docker, cancellationToken);
        database ??= await OwnDatabaseAsync(docker, cancellationToken);
        return new ServiceSet(kafka, database);
    }

    /// <summary>Stops what was started here.</summary>
    public async Task DownAsync(CancellationToken cancellationToken)
    {
        using var alone = await FileLock.TakeAsync(workspace.LocalFile("services.lock"), LockTimeout, steps, cancellationToken);
        steps.Begin();
        if (_file.ReadKafka() is { } kafka)
        {
            if (kafka.Endpoint.Origin == ServiceOrigin.Docker) await _docker.StopKafkaAsync(cancellationToken);
            else if (!await _broker.StopAsync(kafka.ProcessId)) steps.Note("Kafka: the built-in broker does not run");
            _file.ForgetKafka();
        }
        else
        {
            steps.Note("Kafka: nothing was started here");
        }

        if (_file.ReadDatabase() is { } database)
        {
            if (database.Origin == ServiceOrigin.Docker) await _docker.StopDatabaseAsync(cancellationToken);
            else await _database.StopAsync(cancellationToken);
            _file.ForgetDatabase();
        }
        else
        {
            steps.Note("TimescaleDB: nothing was started here");
        }
    }

    /// <summary>How the services are; starts nothing.</summary>
    public async Task<IReadOnlyList<ServiceState>> StatusAsync(Settings settings, CancellationToken cancellationToken)
    {
        var (kafkaNamed, databaseNamed) = settings.Named();
        return
        [
            kafkaNamed ? await ConfiguredKafkaStateAsync(settings) : await OwnKafkaStateAsync(cancellationToken),
            databaseNamed ? await ConfiguredDatabaseStateAsync(settings, cancellationToken) : await OwnDatabaseStateAsync(cancellationToken),
        ];
    }

    /// <summary>What was started here earlier, without looking whether it still runs.</summary>
    public (KafkaEndpoint? Kafka, DatabaseEndpoint? Database) Recorded() => (_file.ReadKafka()?.Endpoint, _file.ReadDatabase());

    private async Task<KafkaEndpoint> ConfiguredKafkaAsync(Settings settings, CancellationToken cancellationToken)
    {
        var options = settings.LoadForKafka().Kafka;
        steps.Begin();
        if (await ServiceChecks.KafkaProblemAsync(options) is { } problem) throw ServiceChecks.KafkaUnavailable(options, problem);
        steps.Done($"Kafka: the configured broker {options.BootstrapServers} answers");
        // Whoever loads services.env names our own.
        if (_file.ReadKafka()?.Endpoint is { } ours && ours.BootstrapServers == options.BootstrapServers) return ours;
        return new KafkaEndpoint(options.BootstrapServers, ServiceOrigin.Configured, await ControlOfAsync(options.BootstrapServers, cancellationToken));
    }

    private async Task<DatabaseEndpoint> ConfiguredDatabaseAsync(Settings settings, CancellationToken cancellationToken)
    {
        var options = settings.LoadForDatabase().Timescale;
        steps.Begin();
        if (await ServiceChecks.DatabaseProblemAsync(options, cancellationToken) is { } problem) throw ServiceChecks.DatabaseUnavailable(options, problem);
        steps.Done($"TimescaleDB: the configured server {options.Host}:{options.Port} answers");
        var named = new DatabaseEndpoint(options.Host, options.Port, options.Username, options.Password, options.Database, ServiceOrigin.Configured);
        return _file.ReadDatabase() is { } ours && ours == named with { Origin = ours.Origin } ? ours : named;
    }

    private async Task<KafkaEndpoint> OwnKafkaAsync(Lazy<Task<bool>> docker, CancellationToken cancellationToken)
    {
        if (_file.ReadKafka() is { Endpoint.Origin: ServiceOrigin.BuiltIn } recorded)
        {
            if (await _broker.FindAsync(recorded.Endpoint, recorded.ProcessId, cancellationToken) is { } status)
            {
                if (status.Down) await BringUpAsync(recorded.Endpoint, cancellationToken);
                steps.Done($"Kafka: the built-in broker listens on {recorded.Endpoint.BootstrapServers}");
                return recorded.Endpoint;
            }

            steps.Note("Kafka: the built-in broker that was started earlier is gone");
            await _broker.StopAsync(recorded.ProcessId);
            _file.ForgetKafka();
        }

        if (await docker.Value)
        {
            var container = await _docker.StartKafkaAsync(cancellationToken);
            _file.WriteKafka(container, null);
            return container;
        }

        var (endpoint, processId) = await _broker.StartAsync(cancellationToken);
        _file.WriteKafka(endpoint, processId);
        return endpoint;
    }

    private async Task<DatabaseEndpoint> OwnDatabaseAsync(Lazy<Task<bool>> docker, CancellationToken cancellationToken)
    {
        var runsHere = _file.ReadDatabase() is { Origin: ServiceOrigin.BuiltIn } && await _database.FindAsync(cancellationToken) is not null;
        if (!runsHere && await docker.Value)
        {
            var container = await _docker.StartDatabaseAsync(cancellationToken);
            _file.WriteDatabase(container);
            return container;
        }

        var endpoint = await _database.StartAsync(cancellationToken);
        _file.WriteDatabase(endpoint);
        if (runsHere) steps.Done($"TimescaleDB: the built-in server listens on {endpoint}");
        else steps.Begin(); // the script has said it
        return endpoint;
    }

    // Another clone's built-in broker has a control port too, which its services.env names.
    private static async Task<string?> ControlOfAsync(string bootstrapServers, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("BROKER_CONTROL") is not { Length: > 0 } control || !Uri.TryCreate(control, UriKind.Absolute, out var address)) return null;
        try
        {
            using var client = new BrokerControlClient(address);
            return (await client.StatusAsync(cancellationToken)).BootstrapServers == bootstrapServers ? control : null;
        }
        catch (KafkaUnavailableException)
        {
            return null; // a leftover of another broker
        }
    }

    private static async Task BringUpAsync(KafkaEndpoint endpoint, CancellationToken cancellationToken)
    {
        using var control = new BrokerControlClient(new Uri(endpoint.Control!));
        await control.BringUpAsync(cancellationToken);
    }

    private static async Task<ServiceState> ConfiguredKafkaStateAsync(Settings settings)
    {
        var options = settings.LoadForKafka().Kafka;
        var problem = await ServiceChecks.KafkaProblemAsync(options);
        return new ServiceState("Kafka", ServiceOrigin.Configured, options.BootstrapServers, problem);
    }

    private static async Task<ServiceState> ConfiguredDatabaseStateAsync(Settings settings, CancellationToken cancellationToken)
    {
        var options = settings.LoadForDatabase().Timescale;
        var problem = await ServiceChecks.DatabaseProblemAsync(options, cancellationToken);
        return new ServiceState("TimescaleDB", ServiceOrigin.Configured, $"{options.Host}:{options.Port}/{options.Database}", problem);
    }

    private async Task<ServiceState> OwnKafkaStateAsync(CancellationToken cancellationToken)
    {
        if (_file.ReadKafka() is not { } recorded) return new ServiceState("Kafka", null, "", "not started: ./ingest up");
        var (endpoint, processId) = recorded;
        if (endpoint.Origin == ServiceOrigin.Docker)
        {
            var runs = await _docker.RunsAsync(kafka: true, cancellationToken);
            return new ServiceState("Kafka", endpoint.Origin, endpoint.BootstrapServers, runs ? null : "the container does not run: ./ingest up");
        }

        var problem = await _broker.FindAsync(endpoint, processId, cancellationToken) switch
        {
            null => "the process is gone: ./ingest up",
            { Down: true } => "it was told to go down: ./ingest broker up",
            _ => null,
        };
        return new ServiceState("Kafka", endpoint.Origin, endpoint.BootstrapServers, problem);
    }

    private async Task<ServiceState> OwnDatabaseStateAsync(CancellationToken cancellationToken)
    {
        if (_file.ReadDatabase() is not { } recorded) return new ServiceState("TimescaleDB", null, "", "not started: ./ingest up");
        var runs = recorded.Origin == ServiceOrigin.Docker
            ? await _docker.RunsAsync(kafka: false, cancellationToken)
            : await _database.FindAsync(cancellationToken) is not null;
        return new ServiceState("TimescaleDB", recorded.Origin, $"{recorded}/{recorded.Database}", runs ? null : "the server does not run: ./ingest up");
    }
}

/// <summary>How a service is.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Origin">Whose it is; null where there is none.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="Problem">Null where it works.</param>
internal sealed record ServiceState(string Name, ServiceOrigin? Origin, string Address, string? Problem);
