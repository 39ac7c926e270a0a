using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Providers;
using Orleans.Streams;
using OrleansIngest.Streaming.Kafka.Mapping;
using OrleansIngest.Streaming.Kafka.Producing;
using OrleansIngest.Streaming.Kafka.Queues;
using OrleansIngest.Streaming.Kafka.Reading;
using OrleansIngest.Streaming.Kafka.Status;

namespace OrleansIngest.Streaming.Kafka.Hosting;

/// <summary>Configures a stream provider over Kafka on a silo.</summary>
public sealed class SiloKafkaStreamConfigurator : SiloPersistentStreamConfigurator
{
    // A read waits for records by itself; this is how soon the next begins.
    private static readonly TimeSpan ReadPeriod = TimeSpan.FromMilliseconds(10);

    // What an agent notes of a quiet stream costs memory for as long as it lasts; to take it up again costs one grain call.
    private static readonly TimeSpan QuietStreamPeriod = TimeSpan.FromMinutes(5);

    /// <summary>Registers all parts of the provider.</summary>
    public SiloKafkaStreamConfigurator(string name, Action<Action<IServiceCollection>> configureDelegate)
        : base(name, configureDelegate, KafkaStreamServices.CreateFactory)
    {
        this.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
        this.ConfigurePullingAgent(agent => agent.Configure(options =>
        {
            options.MaxEventDeliveryTime = Timeout.InfiniteTimeSpan;
            options.GetQueueMsgsTimerPeriod = ReadPeriod;
            options.StreamInactivityPeriod = QuietStreamPeriod;
        }));
        this.ConfigureBackoffProvider((services, _) => (IMessageDeliveryBackoffProvider)new DeliveryBackoff(OptionsOf(services).MaxRetryDelay));
        this.ConfigurePartitionBalancing((services, _) => new HandoverBalancer(
            services.GetRequiredService<IStreamQueueBalancer>(),
            services.GetRequiredKeyedService<KafkaQueueMapper>(Name),
            services.GetRequiredKeyedService<SharedReader>(Name)));

        ConfigureDelegate(services => services
            .AddKeyedSingleton(Name, (provider, _) => KafkaStreamServices.CreateReader(provider, Name))
            .AddKeyedSingleton<IKafkaStreams>(Name, (provider, _) => ActivatorUtilities.CreateInstance<KafkaStreams>(
                provider, Name, provider.GetRequiredKeyedService<SharedReader>(Name), provider.GetRequiredKeyedService<DeliveryFailures>(Name), KafkaStreamServices.Clock(provider)))
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => new KafkaStreamLifecycle(Name, provider))
            .AddTransient<IConfigurationValidator>(provider => new KafkaStreamValidator(Name, provider, reads: true))
            .Configure<LoggerFilterOptions>(Quiet));
        ConfigureDelegate(services => KafkaStreamServices.AddShared(services, Name));
    }

    /// <summary>Sets the provider's options.</summary>
    public SiloKafkaStreamConfigurator ConfigureKafka(Action<OptionsBuilder<KafkaStreamOptions>> configure)
    {
        this.Configure(configure);
        return this;
    }

    /// <summary>Has records mapped by an instance of this type.</summary>
    public SiloKafkaStreamConfigurator UseMapper<TMapper>() where TMapper : class, IKafkaRecordMapper
    {
        ConfigureDelegate(services => services.AddKeyedSingleton<IKafkaRecordMapper, TMapper>(Name));
        return this;
    }

    /// <summary>Has records mapped by what this makes.</summary>
    public SiloKafkaStreamConfigurator UseMapper(Func<IServiceProvider, IKafkaRecordMapper> create)
    {
        ConfigureDelegate(services => services.AddKeyedSingleton(Name, (provider, _) => create(provider)));
        return this;
    }

    /// <summary>Has events that are written made into records by an instance of this type.</summary>
    public SiloKafkaStreamConfigurator UseSerializer<TSerializer>() where TSerializer : class, IKafkaEventSerializer
    {
        ConfigureDelegate(services => services.AddKeyedSingleton<IKafkaEventSerializer, TSerializer>(Name));
        return this;
    }

    private KafkaStreamOptions OptionsOf(IServiceProvider services) => services.GetOptionsByName<KafkaStreamOptions>(Name);

    // First in the list, so that whatever the application says of the same category wins.
    private static void Quiet(LoggerFilterOptions options) =>
        options.Rules.Insert(0, new LoggerFilterRule(null, "Orleans.Streams", LogLevel.Error, null));
}
