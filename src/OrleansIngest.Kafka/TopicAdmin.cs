using Confluent.Kafka;
using Confluent.Kafka.Admin;
using OrleansIngest.Kafka.Broker;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Kafka;

/// <summary>Creates topics that do not exist: by the admin client, or on a built-in broker by its control port.</summary>
public sealed class TopicAdmin(KafkaClients clients)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Creates those of the topics that do not exist and gives their names. Existing ones are left as they are.</summary>
    /// <param name="topics">Topic names.</param>
    /// <param name="partitions">Partitions of each new one.</param>
    /// <param name="builtInControl">Control port of the built-in broker; null for a real one, whose default replication is taken.</param>
    /// <param name="cancellationToken">Stops between two topics.</param>
    /// <exception cref="KafkaUnavailableException">The broker does not answer, or does not allow it.</exception>
    public async Task<IReadOnlyList<string>> EnsureAsync(
        IReadOnlyCollection<string> topics, int partitions, Uri? builtInControl, CancellationToken cancellationToken)
    {
        if (builtInControl is null) return await EnsureByAdminAsync(topics, partitions, cancellationToken);

        using var control = new BrokerControlClient(builtInControl);
        var created = new List<string>();
        foreach (var topic in topics)
        {
            if (await control.CreateTopicAsync(topic, partitions, cancellationToken)) created.Add(topic);
        }

        return created;
    }

    private async Task<IReadOnlyList<string>> EnsureByAdminAsync(
        IReadOnlyCollection<string> topics, int partitions, CancellationToken cancellationToken)
    {
        using var admin = clients.CreateAdmin();
        try
        {
            // Not asked for by name: an admin client's question makes the broker create the topic, with its own default partitions.
            var existing = await Task.Run(() => admin.GetMetadata(Patience).Topics.Select(t => t.Topic).ToHashSet(), cancellationToken);
            var missing = topics.Where(t => !existing.Contains(t)).ToList();
            if (missing.Count == 0) return missing;
            var specifications = missing.Select(t => new TopicSpecification { Name = t, NumPartitions = partitions, ReplicationFactor = -1 });
            await admin.CreateTopicsAsync(specifications, new CreateTopicsOptions { RequestTimeout = Patience }).WaitAsync(cancellationToken);
            return missing;
        }
        catch (CreateTopicsException e) when (e.Results.TrueForAll(r => r.Error.Code is ErrorCode.NoError or ErrorCode.TopicAlreadyExists))
        {
            // Someone else was as quick.
            return [.. e.Results.Where(r => !r.Error.IsError).Select(r => r.Topic)];
        }
        catch (CreateTopicsException e)
        {
            var failed = e.Results.Where(r => r.Error.IsError).Select(r => $"'{r.Topic}' ({r.Error.Code}: {clients.Hide(r.Error.Reason)})");
            throw new KafkaUnavailableException(
                $"Topics could not be created at {clients.BootstrapServers}: {string.Join(", ", failed)}. Create them with Kafka's own tools, or grant Create to this user.");
        }
        catch (KafkaException e) when (e.Error.Code == ErrorCode.Local_UnsupportedFeature)
        {
            // A built-in broker whose control port nobody named: a question by name is all that it understands.
            return await Task.Run(() => topics.Where(t => admin.GetMetadata(t, Patience).Topics.Exists(m => m.Topic == t)).ToList(), cancellationToken);
        }
        catch (KafkaException e)
        {
            throw new KafkaUnavailableException(
                $"Kafka at {clients.BootstrapServers} does not answer: {e.Error.Code}: {clients.Hide(e.Error.Reason)}. Check that it runs and Kafka:BootstrapServers is right.");
        }
    }
}
