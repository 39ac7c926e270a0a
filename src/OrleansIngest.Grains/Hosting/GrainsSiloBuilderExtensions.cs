using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Grains.Devices;
using OrleansIngest.Grains.Fleet;
using OrleansIngest.Grains.Storage;
using OrleansIngest.Grains.Streams;
using OrleansIngest.Grains.Writing;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Hosting.Engine;
using OrleansIngest.Streaming.Kafka;
using OrleansIngest.Streaming.Kafka.Hosting;

namespace OrleansIngest.Grains.Hosting;

/// <summary>Adds the grains of OrleansIngest to a silo.</summary>
public static class GrainsSiloBuilderExtensions
{
    // A grain comes up when its twin is loaded, however long the database is away.
    private static readonly TimeSpan LongestActivation = TimeSpan.FromDays(30);

    /// <summary>Adds device, writer and fleet grains and what keeps their twins. Streams that feed them are added beside.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="services">What the grains work with; the caller's to dispose, after the silo has stopped.</param>
    /// <param name="fleet">How the fleet is watched; null for the defaults.</param>
    public static ISiloBuilder AddIngestGrains(this ISiloBuilder builder, GrainServices services, FleetLimits? fleet = null)
    {
        builder.Services.TryAddSingleton(services.Clock);
        builder.Services.AddSingleton(services);
        builder.Services.AddSingleton(fleet ?? new FleetLimits());
        builder.Services.AddSingleton<LocalDevices>();
        builder.Services.AddSingleton<DeliveryFailures>();
        builder.Services.AddSingleton<IRowWriter, GrainRowWriter>();
        builder.Services.AddSingleton<FleetCount>();
        builder.Services.AddSingleton<TwinStorage>();
        builder.Services.AddGrainStorage(TwinStorage.Name, (provider, _) => provider.GetRequiredService<TwinStorage>());
        builder.Services.AddSingleton(provider => new SiloDevices(
            provider.GetRequiredService<LocalDevices>(), provider.GetRequiredService<TwinStorage>()));
        AddParticipant<SiloStopping>(builder.Services);
        AddParticipant<TwinKeeper>(builder.Services);
        AddParticipant<FleetReporter>(builder.Services);
        builder.Configure<GrainCollectionOptions>(options =>
        {
            var shortest = options.CollectionQuantum * 2;
            var age = services.Devices.IdleTimeout;
            options.ClassSpecificCollectionAge[typeof(DeviceGrain).FullName!] = age > shortest ? age : shortest;
            options.ActivationTimeout = LongestActivation;
        });
        return builder;
    }

    /// <summary>Adds the streams that feed devices: every topic of the settings, decoded and sorted by device.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="engine">Decodes, takes dead letters, and knows how far partitions are.</param>
    /// <param name="settings">What to read, and how much may be in flight.</param>
    public static ISiloBuilder AddDeviceStreams(this ISiloBuilder builder, IngestEngine engine, IngestSettings settings)
    {
        builder.Services.AddSingleton<IDeadLetterQueue>(engine.DeadLetters);
        builder.Services.AddSingleton<ISourceEpochs>(engine.Epochs);
        builder.AddKafkaStreams(DeviceStreams.Provider, streams => streams
            .UseMapper(_ => new DeviceRecordMapper(settings.Kafka.Topics, engine.Decoders))
            .ConfigureKafka(options => options.Configure(o => Apply(settings, o))));
        AddParticipant<WatermarkKeeper>(builder.Services);
        return builder;
    }

    private static void Apply(IngestSettings settings, KafkaStreamOptions options)
    {
        var delivery = settings.Delivery;
        options.Kafka = settings.Kafka;
        options.Topics = [.. settings.Kafka.Topics.Select(t => t.Name)];
        options.MaxInFlightBytes = delivery.MaxInFlightBytes;
        options.MaxPartitionInFlightBytes = Math.Min(options.MaxPartitionInFlightBytes, delivery.MaxInFlightBytes / 4);
        options.MaxWatermarkSpan = delivery.MaxWatermarkSpan;
        options.DrainTimeout = delivery.DrainTimeout;
    }

    private static void AddParticipant<T>(IServiceCollection services)
        where T : class, ILifecycleParticipant<ISiloLifecycle>
    {
        services.AddSingleton<T>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<T>());
    }
}
