using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;
using OrleansIngest.Core.Records;
using OrleansIngest.Grains;
using OrleansIngest.Grains.Fleet;
using OrleansIngest.Grains.Hosting;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Hosting.Engine;
using OrleansIngest.Grains.Streams;
using OrleansIngest.Orleans.Tests.Streaming;
using OrleansIngest.Streaming.Kafka.Status;
using OrleansIngest.Testing;
using OrleansIngest.Testing.Kafka;
using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.Locking;

namespace OrleansIngest.Orleans.Tests.Devices;

/// <summary>Silos in this process with the product's grains and streams, over a broker and a database of the test's own.</summary>
internal sealed class DeviceCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private DeviceCluster(InProcessTestCluster cluster, DeviceStage stage, IngestEngine engine, HeldWriter writer, LogSink log) =>
        (_cluster, Stage, Engine, Writer, Log) = (cluster, stage, engine, writer, log);

    public DeviceStage Stage { get; }

    public IngestEngine Engine { get; }

    public HeldWriter Writer { get; }

    public LogSink Log { get; }

    public IGrainFactory Grains => _cluster.Client;

    public IReadOnlyList<InProcessSiloHandle> Silos => [.. _cluster.Silos.Where(s => s.IsActive)];

    /// <summary>Starts silos that share one engine.</summary>
    public static async Task<DeviceCluster> StartAsync(
        DeviceStage stage, short silos = 1, TimeSpan? patience = null, Action<IngestSettings>? change = null, FleetLimits? fleet = null,
        Action<ISiloBuilder>? silo = null)
    {
        var settings = stage.Settings();
        change?.Invoke(settings);
        var log = new LogSink();
        var engine = await IngestEngine.StartAsync(
            settings, "test", HostLockMode.Shared, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
        var writer = new HeldWriter(engine.Writer);
        var services = GrainServices.Of(engine, settings, TimeProvider.System) with { Writer = writer };
        if (patience is not null) services = services with { DeliveryPatience = patience.Value };

        var builder = new InProcessTestClusterBuilder(silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, siloBuilder) =>
        {
            siloBuilder.Configure<GrainCollectionOptions>(o => o.CollectionQuantum = TimeSpan.FromSeconds(5));
            siloBuilder.AddIngestGrains(services, fleet).AddDeviceStreams(engine, settings);
            silo?.Invoke(siloBuilder);
        });
        builder.ConfigureSiloHost((_, host) => host.Logging.ClearProviders().SetMinimumLevel(LogLevel.Information).AddProvider(log));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new DeviceCluster(cluster, stage, engine, writer, log);
    }

    public IDeviceGrain Device(string id) => Grains.GetGrain<IDeviceGrain>(id);

    /// <summary>Deactivates everything that may be.</summary>
    public Task CollectAsync() => Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

    /// <summary>How many device grains are active.</summary>
    public async Task<int> ActiveDevicesAsync() =>
        (await Grains.GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics())
            .Where(s => s.GrainType.Contains(".DeviceGrain,", StringComparison.Ordinal)).Sum(s => s.ActivationCount);

    /// <summary>The silo that each active device lives on; two for a device that is on its way.</summary>
    public async Task<ILookup<string, SiloAddress>> HomesAsync() =>
        (await Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics())
            .Where(s => s.GrainId.Type.ToString() == "device").ToLookup(s => s.GrainId.Key.ToString()!, s => s.SiloAddress);

    /// <summary>The silos that read the topic's partitions; those that none reads now are left out.</summary>
    public Dictionary<int, SiloAddress> Readers() =>
    (
        from silo in Silos
        from partition in silo.ServiceProvider.GetRequiredKeyedService<IKafkaStreams>(DeviceStreams.Provider).Status.Partitions
        select (partition.Reading.Partition, silo.SiloAddress)).ToDictionary();

    /// <summary>How partitions are read, and the latest warnings, for failures.</summary>
    public string Describe() => string.Join('\n', Silos
        .SelectMany(s => s.ServiceProvider.GetRequiredKeyedService<IKafkaStreams>(DeviceStreams.Provider).Status.Partitions, (s, p) => $"{s.Name} {p}")
        .Concat(Log.Lines.Where(l => l.Level >= LogLevel.Warning).TakeLast(20).Select(l => l.Text)));

    public Task<InProcessSiloHandle> AddSiloAsync() => _cluster.StartAdditionalSiloAsync();

    public Task KillAsync(InProcessSiloHandle silo) => _cluster.KillSiloAsync(silo);

    public async ValueTask DisposeAsync()
    {
        Writer.Release();
        await _cluster.DisposeAsync();
        await Engine.DisposeAsync();
    }
}

/// <summary>A broker with one topic of measurements, and a database: what outlives a cluster.</summary>
internal sealed class DeviceStage : IAsyncDisposable
{
    private static readonly DateTime Begin = DateTime.UtcNow.Date;

    private readonly KafkaTestBroker _broker = KafkaTestBroker.StartOwn();
    private readonly string _group = $"g{Guid.NewGuid():N}";

    private DeviceStage(TestDatabase database, int partitions) => (Database, Partitions) = (database, partitions);

    public int Partitions { get; }

    public TestDatabase Database { get; }

    public string Topic { get; private set; } = "";

    public static async Task<DeviceStage> SetAsync(int partitions = 4)
    {
        var stage = new DeviceStage(await TestDatabase.CreateAsync(), partitions);
        stage.Topic = await stage._broker.CreateTopicAsync("measurements", partitions);
        return stage;
    }

    public IngestSettings Settings()
    {
        var kafka = _broker.Options([Topic]);
        kafka.GroupId = _group;
        return new IngestSettings(
            kafka, Database.Options, new DeliveryOptions { DrainTimeout = TimeSpan.FromSeconds(3) },
            new DeviceOptions { StatePersistInterval = TimeSpan.FromSeconds(60) }, new WebOptions());
    }

    /// <summary>Sends the measurements first to before first + count of a device, a second apart, to a partition.</summary>
    public Task SendAsync(string device, int first, int count, int partition = 0) =>
        _broker.ProduceAsync(Topic, Enumerable.Range(first, count).Select(i => (partition, Message(device, i))));

    /// <summary>Sends the measurement of this number of each device, to the partitions by turns.</summary>
    public Task SendAsync(IEnumerable<string> devices, int number = 0) =>
        _broker.ProduceAsync(Topic, devices.Select((device, i) => (i % Partitions, Message(device, number))));

    private static Message<byte[]?, byte[]?> Message(string device, int i) => new()
    {
        Key = Encoding.UTF8.GetBytes(device),
        Value = Encoding.UTF8.GetBytes(
            $$"""{"mac_address":"{{device}}","mode":"m","data_point_label":"value","pin":"1","value":{{i}},"timestamp":"{{TimeOf(i):O}}"}"""),
    };

    public static DateTime TimeOf(int i) => Begin.AddSeconds(i);

    public Task<long> RowsAsync() => Database.ScalarAsync<long>("SELECT count(*) FROM iot_measurements");

    public Task<long?> CommittedAsync() => Task.Run(() => _broker.Committed(_group, Topic, Partitions).Sum());

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        _broker.Dispose();
    }
}
