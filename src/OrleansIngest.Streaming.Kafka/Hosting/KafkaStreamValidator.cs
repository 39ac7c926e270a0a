using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Streams;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Streaming.Kafka.Mapping;

namespace OrleansIngest.Streaming.Kafka.Hosting;

/// <summary>Stops a silo or client whose provider cannot work, with one message that lists every mistake.</summary>
internal sealed class KafkaStreamValidator(string name, IServiceProvider services, bool reads) : IConfigurationValidator
{
    /// <inheritdoc />
    public void ValidateConfiguration()
    {
        var mistakes = services.GetOptionsByName<KafkaStreamOptions>(name).Validate(reads).Concat(reads ? ValidateSilo() : []).ToList();
        if (mistakes.Count == 0) return;
        throw new OrleansConfigurationException(
            $"Stream provider '{name}' is not configured right:{string.Concat(mistakes.Select(m => $"{Environment.NewLine}  {m}"))}");
    }

    private IEnumerable<string> ValidateSilo()
    {
        if (!IsRegistered<IKafkaRecordMapper>()) yield return $"No {nameof(IKafkaRecordMapper)} is registered: say UseMapper<T>() where the provider is added.";
        if (!IsRegistered<IDeadLetterQueue>()) yield return $"No {nameof(IDeadLetterQueue)} is registered: what the mapper rejects needs a place to go.";
        if (services.GetOptionsByName<StreamPubSubOptions>(name).PubSubType != StreamPubSubType.ImplicitOnly)
        {
            yield return "StreamPubSubOptions.PubSubType must stay ImplicitOnly: with explicit subscriptions, a stream that waits for its subscriber "
                + "cannot be told from one that has none, and its records could be neither kept nor counted as done.";
        }

        if (services.GetOptionsByName<StreamPullingAgentOptions>(name).BatchContainerBatchSize > 1)
        {
            yield return "StreamPullingAgentOptions.BatchContainerBatchSize must stay 1: with more, agents move on before a container is delivered. "
                + "KafkaStreamOptions.MaxDeliveryRecords has what waits delivered at once.";
        }
    }

    private bool IsRegistered<T>() where T : class => services.GetRequiredService<IServiceProviderIsKeyedService>() is var known
        && (known.IsKeyedService(typeof(T), name) || known.IsService(typeof(T)));
}
