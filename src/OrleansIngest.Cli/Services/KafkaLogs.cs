using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace OrleansIngest.Cli.Services;

/// <summary>Asks the broker how its topics stand.</summary>
internal sealed class KafkaLogs(IAdminClient admin)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>The partitions of topics; those that do not exist have none.</summary>
    /// <exception cref="KafkaException">The broker does not answer.</exception>
    public async Task<List<TopicPartition>> PartitionsAsync(IEnumerable<string> topics)
    {
        // All topics at once: asking for one by name may create it.
        var metadata = await Task.Run(() => admin.GetMetadata(Timeout));
        var wanted = topics.ToHashSet();
        return [.. metadata.Topics
            .Where(t => wanted.Contains(t.Topic))
            .SelectMany(t => t.Partitions.Select(p => new TopicPartition(t.Topic, p.PartitionId)))];
    }

    /// <summary>One past the last record of each partition.</summary>
    public Task<Dictionary<TopicPartition, long>> EndsAsync(IReadOnlyCollection<TopicPartition> partitions) =>
        OffsetsAsync(partitions, OffsetSpec.Latest());

    /// <summary>The first record that each partition still has.</summary>
    public Task<Dictionary<TopicPartition, long>> BeginningsAsync(IReadOnlyCollection<TopicPartition> partitions) =>
        OffsetsAsync(partitions, OffsetSpec.Earliest());

    /// <summary>What a group has committed; partitions without are left out.</summary>
    public async Task<Dictionary<TopicPartition, long>> CommittedAsync(string groupId, IReadOnlyCollection<TopicPartition> partitions)
    {
        var results = await admin.ListConsumerGroupOffsetsAsync(
            [new ConsumerGroupTopicPartitions(groupId, [.. partitions])],
            new ListConsumerGroupOffsetsOptions { RequestTimeout = Timeout });
        return results
            .SelectMany(r => r.Partitions)
            .Where(p => !p.Error.IsError && p.Offset.Value >= 0)
            .ToDictionary(p => p.TopicPartition, p => p.Offset.Value);
    }

    private async Task<Dictionary<TopicPartition, long>> OffsetsAsync(IReadOnlyCollection<TopicPartition> partitions, OffsetSpec which)
    {
        if (partitions.Count == 0) return [];
        var specs = partitions.Select(p => new TopicPartitionOffsetSpec { TopicPartition = p, OffsetSpec = which });
        var result = await admin.ListOffsetsAsync(specs, new ListOffsetsOptions { RequestTimeout = Timeout });
        return result.ResultInfos.ToDictionary(r => r.TopicPartitionOffsetError.TopicPartition, r => r.TopicPartitionOffsetError.Offset.Value);
    }
}
