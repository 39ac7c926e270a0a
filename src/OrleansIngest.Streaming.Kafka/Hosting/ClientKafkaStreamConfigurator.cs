using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Orleans.Streams;
using OrleansIngest.Streaming.Kafka.Producing;

namespace OrleansIngest.Streaming.Kafka.Hosting;

/// <summary>Configures a stream provider over Kafka on a client, which writes events.</summary>
public sealed class ClientKafkaStreamConfigurator : ClusterClientPersistentStreamConfigurator
{
    /// <summary>Registers all parts of the provider.</summary>
    public ClientKafkaStreamConfigurator(string name, IClientBuilder builder)
        : base(name, builder, KafkaStreamServices.CreateFactory)
    {
        this.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
        ConfigureDelegate(services => services
            .AddTransient<IConfigurationValidator>(provider => new KafkaStreamValidator(Name, provider, reads: false)));
        ConfigureDelegate(services => KafkaStreamServices.AddShared(services, Name));
    }

    /// <summary>Sets the provider's options.</summary>
    public ClientKafkaStreamConfigurator ConfigureKafka(Action<OptionsBuilder<KafkaStreamOptions>> configure)
    {
        this.Configure(configure);
        return this;
    }

    /// <summary>Has events made into records by an instance of this type.</summary>
    public ClientKafkaStreamConfigurator UseSerializer<TSerializer>() where TSerializer : class, IKafkaEventSerializer
    {
        ConfigureDelegate(services => services.AddKeyedSingleton<IKafkaEventSerializer, TSerializer>(Name));
        return this;
    }
}
