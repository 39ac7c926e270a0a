using Microsoft.Extensions.Logging;
using Npgsql;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Measuring;
using OrleansIngest.Core.Records;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Kafka.Clients;
using OrleansIngest.Kafka.DeadLetters;
using OrleansIngest.Timescale.Connections;
using OrleansIngest.Timescale.Locking;
using OrleansIngest.Timescale.State;
using OrleansIngest.Timescale.Writing;

namespace OrleansIngest.Hosting.Engine;

/// <summary>
/// What every host has: the schema made ready, the host lock, the batch writer, dead letters, twins and decoders. How
/// records reach devices is the host's own.
/// </summary>
public sealed class IngestEngine : IAsyncDisposable
{
    private static readonly TimeSpan NoLimit = TimeSpan.FromDays(36_500);

    private readonly HostLock _lock;
    private readonly TimescaleConnections _connections;

    private IngestEngine(IngestSettings settings, TimescaleConnections connections, HostLock hostLock, ILoggerFactory loggers, TimeProvider clock)
    {
        var (kafka, timescale) = (settings.Kafka, settings.Timescale);
        var logger = loggers.CreateLogger<IngestEngine>();
        _connections = connections;
        _lock = hostLock;
        Writer = new BatchWriter(connections, timescale, loggers.CreateLogger<BatchWriter>(), clock, hostLock.GuardAsync);
        Clients = new KafkaClients(kafka, loggers.CreateLogger<KafkaClients>());
        DeadLetters = new DeadLetterProducer(kafka, Clients, clock, loggers.CreateLogger<DeadLetterProducer>());
        Epochs = new SourceEpochs(connections, timescale, kafka.GroupId, loggers.CreateLogger<SourceEpochs>(), clock);
        TwinStore = new TwinStore(connections, timescale, kafka.GroupId, loggers.CreateLogger<TwinStore>(), clock);
        Decoders = new RecordDecoders(
            new DecoderOptions
            {
                MaxRecordBytes = kafka.MaxRecordBytes,
                MaxClockSkew = settings.Delivery.MaxClockSkew,
                MaxLateness = settings.Delivery.MaxLateness,
            },
            clock);
        // What is stored was valid when it came. Every load has a decoder of its own, so it remembers little.
        var journal = new RecordDecoders(
            new DecoderOptions { MaxRecordBytes = int.MaxValue, MaxClockSkew = NoLimit, MaxLateness = NoLimit, StringCacheEntries = 1_024 }, clock);
        Twins = new TwinLoader(TwinStore, Epochs, () => journal.Create(RecordFormat.Raw), (device, e) => Log.SnapshotUnreadable(logger, device, e));
    }

    /// <summary>Stores rows.</summary>
    public BatchWriter Writer { get; }

    /// <summary>Makes Kafka clients.</summary>
    public KafkaClients Clients { get; }

    /// <summary>Takes what cannot be stored.</summary>
    public DeadLetterProducer DeadLetters { get; }

    /// <summary>Knows how far partitions are.</summary>
    public SourceEpochs Epochs { get; }

    /// <summary>Keeps twins.</summary>
    public TwinStore TwinStore { get; }

    /// <summary>Brings twins back.</summary>
    public TwinLoader Twins { get; }

    /// <summary>Makes decoders.</summary>
    public RecordDecoders Decoders { get; }

    /// <summary>How a silo's cluster providers connect to the database; holds the password.</summary>
    public string ClusterSettings => _connections.ClusterSettings;

    /// <summary>Kafka append to committed row.</summary>
    public AppendLatency Latency { get; } = new();

    /// <summary>Makes the schema ready, takes the host lock, and starts the writer. Waits while the database is away.</summary>
    /// <param name="settings">Validated settings.</param>
    /// <param name="role">standalone or silo.</param>
    /// <param name="mode">Whether other hosts of the group may run beside this one.</param>
    /// <param name="loggers">Logs.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    /// <exception cref="Timescale.Schema.SchemaException">The schema does not fit.</exception>
    /// <exception cref="HostLockHeldException">Another host works for this group.</exception>
    public static async Task<IngestEngine> StartAsync(
        IngestSettings settings, string role, HostLockMode mode, ILoggerFactory loggers, TimeProvider clock, CancellationToken cancellationToken)
    {
        var connections = new TimescaleConnections(settings.Timescale, role);
        HostLock? hostLock = null;
        try
        {
            await SchemaPreparation.RunAsync(settings.Timescale, connections, loggers, clock, cancellationToken);
            hostLock = new HostLock(connections, settings.Timescale, settings.Kafka.GroupId, mode, loggers.CreateLogger<HostLock>(), clock);
            await hostLock.AcquireAsync(cancellationToken);
            return new IngestEngine(settings, connections, hostLock, loggers, clock);
        }
        catch
        {
            if (hostLock is not null) await hostLock.DisposeAsync();
            await connections.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes, with the reason, when the host cannot go on: the lock is lost, or the writer stopped by itself.</summary>
    public async Task<string> FailedAsync()
    {
        await Task.WhenAny(_lock.Lost, Writer.Stopped);
        return _lock.Lost.IsCompletedSuccessfully ? await _lock.Lost : Writer.Health.StopReason ?? "the writer stopped";
    }

    /// <summary>What keeps the engine from working, a sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        var writer = Writer.Health;
        if (writer.State == WriterState.Outage)
        {
            yield return $"Database {_connections.Endpoint}: rows cannot be stored since {writer.OutageSince:u}: {writer.LastError}"
                + (writer.LastSqlState is { } state ? $" (SQLSTATE {state})" : "") + ". Tried again until it works; nothing is lost.";
        }
        else if (writer.StopReason is { } reason)
        {
            yield return $"Writer: {reason}";
        }

        foreach (var (what, outage) in new[] { ("device states", TwinStore.Outage), ("partitions", Epochs.Outage) })
        {
            if (outage.Since is { } since) yield return $"Database {_connections.Endpoint}: {what} cannot be read or kept since {since:u}: {outage.LastError}. Tried again until it works.";
        }

        if (DeadLetters.Status is { Problem: { } problem, Waiting: var waiting })
        {
            yield return waiting == 0 ? $"Dead letters: none waits yet, but {problem}." : $"Dead letters: {waiting} wait, since {problem}.";
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Writer.DisposeAsync();
        await DeadLetters.DisposeAsync();
        await _lock.DisposeAsync();
        await _connections.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
    }
}
