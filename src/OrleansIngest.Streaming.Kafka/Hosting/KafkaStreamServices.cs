using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Streams;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Kafka.Clients;
using OrleansIngest.Kafka.Producing;
using OrleansIngest.Streaming.Kafka.Mapping;
using OrleansIngest.Streaming.Kafka.Producing;
using OrleansIngest.Streaming.Kafka.Queues;
using OrleansIngest.Streaming.Kafka.Reading;
using OrleansIngest.Streaming.Kafka.Status;

namespace OrleansIngest.Streaming.Kafka.Hosting;

/// <summary>Puts a provider's parts together from services, which are keyed by its name where the application chose so.</summary>
internal static class KafkaStreamServices
{
    /// <summary>Registers what silos and clients both need.</summary>
    public static void AddShared(IServiceCollection services, string name) => services
        .AddKeyedSingleton(name, (provider, _) => new DeliveryFailures(name, Clock(provider), provider.GetRequiredService<ILogger<DeliveryFailures>>()))
        .AddKeyedSingleton(name, (provider, _) =>
        {
            var options = provider.GetOptionsByName<KafkaStreamOptions>(name);
            return new KafkaQueueMapper(options.Topics, options.MaxPartitions);
        });

    /// <summary>Makes the factory of a silo's or client's provider.</summary>
    public static IQueueAdapterFactory CreateFactory(IServiceProvider services, string name)
    {
        var options = services.GetOptionsByName<KafkaStreamOptions>(name);
        var loggers = services.GetRequiredService<ILoggerFactory>();
        var producer = new EventProducer(
            options,
            Find<IKafkaEventSerializer>(services, name) ?? new BytesSerializer(),
            () => new RecordProducer(options.Kafka, new KafkaClients(options.Kafka, loggers.CreateLogger<KafkaClients>()), loggers.CreateLogger<RecordProducer>()));
        return new KafkaQueueAdapterFactory(
            name, options, services.GetRequiredKeyedService<KafkaQueueMapper>(name), producer,
            services.GetKeyedService<SharedReader>(name), services.GetRequiredKeyedService<DeliveryFailures>(name));
    }

    /// <summary>Makes the reader of a silo's provider.</summary>
    public static SharedReader CreateReader(IServiceProvider services, string name)
    {
        var silos = services.GetRequiredService<ISiloStatusOracle>();
        return new SharedReader(
            name,
            services.GetOptionsByName<KafkaStreamOptions>(name),
            Find<IKafkaRecordMapper>(services, name)!,
            Find<IDeadLetterQueue>(services, name)!,
            Find<ISourceEpochs>(services, name),
            () => silos.GetApproximateSiloStatuses(onlyActive: true).Keys.All(s => s.Equals(silos.SiloAddress)),
            silos.SiloAddress,
            Clock(services),
            services.GetRequiredService<ILoggerFactory>());
    }

    /// <summary>The application's clock.</summary>
    public static TimeProvider Clock(IServiceProvider services) => services.GetService<TimeProvider>() ?? TimeProvider.System;

    /// <summary>A service for this provider, or for all; null where there is none.</summary>
    public static T? Find<T>(IServiceProvider services, string name) where T : class =>
        services.GetKeyedService<T>(name) ?? services.GetService<T>();
}
