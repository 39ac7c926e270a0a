using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.TestingHost;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Streaming.Kafka;
using OrleansIngest.Streaming.Kafka.Hosting;
using OrleansIngest.Streaming.Kafka.Status;
using OrleansIngest.Testing;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>Silos that read a broker's topics into the grains of this folder.</summary>
internal sealed class StreamCluster : IAsyncDisposable
{
    /// <summary>The provider's name.</summary>
    public const string Provider = "kafka";

    private readonly InProcessTestCluster _cluster;

    private StreamCluster(InProcessTestCluster cluster, KafkaStreamOptions options, Observed observed, LogSink log) =>
        (_cluster, Options, Observed, Log) = (cluster, options, observed, log);

    /// <summary>What all silos have in common.</summary>
    public KafkaStreamOptions Options { get; }

    public Observed Observed { get; }

    public LogSink Log { get; }

    public IGrainFactory Grains => _cluster.Client;

    public IReadOnlyList<InProcessSiloHandle> Silos => [.. _cluster.Silos.Where(s => s.IsActive)];

    public IClusterClient Client => _cluster.Client;

    /// <summary>Options for a broker's topics, with short times.</summary>
    public static KafkaStreamOptions OptionsFor(KafkaTestBroker broker, params string[] topics) => new()
    {
        Topics = [.. topics],
        Kafka = broker.Options(),
        MaxPartitions = 16,
        HandoverDelay = TimeSpan.FromMilliseconds(500),
        DrainTimeout = TimeSpan.FromSeconds(5),
        MaxRetryDelay = TimeSpan.FromMilliseconds(500),
    };

    /// <summary>Starts silos and a client.</summary>
    public static async Task<StreamCluster> StartAsync(
        KafkaStreamOptions options, Observed? observed = null, short silos = 1, Action<ISiloBuilder>? silo = null, Action<ClientKafkaStreamConfigurator>? client = null)
    {
        observed ??= new Observed();
        var log = new LogSink();
        var builder = new InProcessTestClusterBuilder(silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, siloBuilder) =>
        {
            siloBuilder.Services.AddSingleton(observed).AddSingleton<IDeadLetterQueue>(observed);
            siloBuilder.AddKafkaStreams(Provider, streams => streams
                .ConfigureKafka(o => o.Configure(o => Copy(options, o)))
                .UseMapper<NumberedMapper>());
            silo?.Invoke(siloBuilder);
        });
        builder.ConfigureSiloHost((_, host) => host.Logging.ClearProviders().SetMinimumLevel(LogLevel.Information).AddProvider(log));
        builder.ConfigureClient(clientBuilder => clientBuilder.AddKafkaStreams(Provider, streams =>
        {
            streams.ConfigureKafka(o => o.Configure(o => Copy(options, o)));
            client?.Invoke(streams);
        }));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new StreamCluster(cluster, options, observed, log);
    }

    /// <summary>How reading goes on each silo.</summary>
    public IReadOnlyList<KafkaStreamStatus> Statuses => [.. Silos.Select(StatusOf)];

    public static KafkaStreamStatus StatusOf(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredKeyedService<IKafkaStreams>(Provider).Status;

    public Task<InProcessSiloHandle> AddSiloAsync() => _cluster.StartAdditionalSiloAsync();

    public Task StopAsync(InProcessSiloHandle silo) => _cluster.StopSiloAsync(silo);

    public Task KillAsync(InProcessSiloHandle silo) => _cluster.KillSiloAsync(silo);

    public IBatchGrain Batch(string key) => Grains.GetGrain<IBatchGrain>(key);

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    /// <summary>Offsets that the group has committed in the first topic.</summary>
    public long?[] Committed(KafkaTestBroker broker, int partitions) => broker.Committed(Options.Kafka.GroupId, Options.Topics[0], partitions);

    private static void Copy(KafkaStreamOptions from, KafkaStreamOptions to)
    {
        foreach (var property in typeof(KafkaStreamOptions).GetProperties()) property.SetValue(to, property.GetValue(from));
    }
}
