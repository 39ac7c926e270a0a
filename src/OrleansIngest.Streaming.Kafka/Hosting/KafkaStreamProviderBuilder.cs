using Microsoft.Extensions.Configuration;
using Orleans.Hosting;
using Orleans.Providers;
using OrleansIngest.Streaming.Kafka.Hosting;

[assembly: RegisterProvider("Kafka", "Streaming", "Silo", typeof(KafkaStreamProviderBuilder))]
[assembly: RegisterProvider("Kafka", "Streaming", "Client", typeof(KafkaStreamProviderBuilder))]

namespace OrleansIngest.Streaming.Kafka.Hosting;

/// <summary>Adds a provider that the configuration asks for: <c>Orleans:Streaming:{name}:ProviderType = "Kafka"</c>, and beside it the options.</summary>
internal sealed class KafkaStreamProviderBuilder : IProviderBuilder<ISiloBuilder>, IProviderBuilder<IClientBuilder>
{
    /// <inheritdoc />
    public void Configure(ISiloBuilder builder, string? name, IConfigurationSection configurationSection) =>
        builder.AddKafkaStreams(Named(name), (KafkaStreamOptions options) => configurationSection.Bind(options));

    /// <inheritdoc />
    public void Configure(IClientBuilder builder, string? name, IConfigurationSection configurationSection) =>
        builder.AddKafkaStreams(Named(name), (KafkaStreamOptions options) => configurationSection.Bind(options));

    private static string Named(string? name) =>
        string.IsNullOrEmpty(name) ? throw new InvalidOperationException("A stream provider of type Kafka needs a name: Orleans:Streaming:{name}.") : name;
}
