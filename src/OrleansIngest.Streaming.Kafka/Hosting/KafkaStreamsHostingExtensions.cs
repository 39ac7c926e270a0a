using Orleans.Hosting;

namespace OrleansIngest.Streaming.Kafka.Hosting;

/// <summary>Adds streams over Kafka.</summary>
public static class KafkaStreamsHostingExtensions
{
    /// <summary>
    /// Adds a stream provider that reads topics into streams and writes events to them. It needs a mapper and an
    /// <see cref="Core.Delivery.IDeadLetterQueue"/>; the latter, and a <see cref="Core.Delivery.ISourceEpochs"/> where there
    /// is one, are services, keyed by the provider's name or not.
    /// </summary>
    /// <remarks>
    /// Grains subscribe implicitly. What Orleans' pulling agents log below errors, a warning for each delivery that is tried
    /// again among it, is filtered out; the category <c>Orleans.Streams</c> in the logging configuration brings it back.
    /// </remarks>
    public static ISiloBuilder AddKafkaStreams(this ISiloBuilder builder, string name, Action<SiloKafkaStreamConfigurator> configure)
    {
        configure(new SiloKafkaStreamConfigurator(name, services => builder.ConfigureServices(services)));
        return builder;
    }

    /// <summary>Adds a stream provider whose mapper is registered elsewhere.</summary>
    public static ISiloBuilder AddKafkaStreams(this ISiloBuilder builder, string name, Action<KafkaStreamOptions> configure) =>
        builder.AddKafkaStreams(name, streams => streams.ConfigureKafka(options => options.Configure(configure)));

    /// <summary>Adds a stream provider that writes events. Clients cannot subscribe.</summary>
    public static IClientBuilder AddKafkaStreams(this IClientBuilder builder, string name, Action<ClientKafkaStreamConfigurator> configure)
    {
        configure(new ClientKafkaStreamConfigurator(name, builder));
        return builder;
    }

    /// <summary>Adds a stream provider that writes events. Clients cannot subscribe.</summary>
    public static IClientBuilder AddKafkaStreams(this IClientBuilder builder, string name, Action<KafkaStreamOptions> configure) =>
        builder.AddKafkaStreams(name, streams => streams.ConfigureKafka(options => options.Configure(configure)));
}
