using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Kafka;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Cli.Services;

/// <summary>Creates the topics that a host needs. A host itself never does.</summary>
internal static class TopicSetup
{
    /// <summary>Partitions of a topic that is created here.</summary>
    public const int Partitions = 24;

    /// <summary>Creates what is missing: by the admin client, or on the built-in broker by its control port.</summary>
    public static async Task EnsureAsync(KafkaEndpoint endpoint, KafkaOptions options, Steps steps, CancellationToken cancellationToken)
    {
        string[] needed = [.. options.Topics.Select(t => t.Name).Append(options.DeadLetterTopic).Distinct()];
        var admin = new TopicAdmin(new KafkaClients(options, NullLogger<KafkaClients>.Instance));
        steps.Begin();
        var created = await admin.EnsureAsync(needed, Partitions, endpoint.Control is { } control ? new Uri(control) : null, cancellationToken);
        steps.Done(created.Count == 0
            ? $"Topics: {string.Join(", ", needed)} exist"
            : $"Topics: created {string.Join(", ", created)}");
    }
}
