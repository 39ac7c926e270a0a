using Confluent.Kafka.Admin;
using OrleansIngest.Kafka;
using OrleansIngest.Kafka.Broker;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Bench.EndToEnd;

/// <summary>The topics of one round, made for it and deleted after it: what they hold is the broker's memory.</summary>
internal sealed class BenchTopic : IAsyncDisposable
{
    /// <summary>Partitions of <see cref="Name"/>.</summary>
    public const int Partitions = 24;

    private readonly KafkaClients _clients;
    private readonly Uri? _control;

    private BenchTopic(string name, KafkaClients clients, Uri? control) => (Name, _clients, _control) = (name, clients, control);

    /// <summary>The topic of the records.</summary>
    public string Name { get; }

    /// <summary>Its dead-letter topic.</summary>
    public string DeadLetters => Name + ".dead_letter";

    /// <param name="clients">Makes clients.</param>
    /// <param name="control">Control port of the built-in broker; null for a real one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KafkaUnavailableException">The broker does not answer, or does not allow it.</exception>
    public static async Task<BenchTopic> CreateAsync(KafkaClients clients, Uri? control, CancellationToken cancellationToken)
    {
        var topic = new BenchTopic($"bench-{Guid.NewGuid():N}", clients, control);
        await new TopicAdmin(clients).EnsureAsync([topic.Name, topic.DeadLetters], Partitions, control, cancellationToken);
        return topic;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_control is not null)
        {
            using var client = new BrokerControlClient(_control);
            await client.DeleteTopicAsync(Name, CancellationToken.None);
            await client.DeleteTopicAsync(DeadLetters, CancellationToken.None);
            return;
        }

        using var admin = _clients.CreateAdmin();
        await admin.DeleteTopicsAsync([Name, DeadLetters], new DeleteTopicsOptions { RequestTimeout = TimeSpan.FromSeconds(15) });
    }
}
