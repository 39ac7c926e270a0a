using Confluent.Kafka;
using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Kafka.Reading;

/// <summary>Finds out where each partition's log stands, has its consumer made, and says where reading begins.</summary>
internal sealed class PartitionOpener(
    KafkaOptions options, IPartitionConsumerFactory factory, LogLookup lookup, ReaderHealth health, TimeProvider clock)
{
    /// <summary>Opens partitions; gives those that can be read now.</summary>
    /// <exception cref="KafkaException">The broker does not answer.</exception>
    public async Task<IReadOnlyList<AssignedPartition>> OpenAsync(
        IReadOnlyList<AssignedPartition> partitions, CancellationToken cancellationToken)
    {
        var byId = partitions.ToDictionary(p => p.Id);
        var failed = new Dictionary<TopicPartition, Error>();
        var starts = await lookup.LookUpAsync([.. byId.Keys], failed, cancellationToken);
        foreach (var (id, error) in failed) byId[id].LeaderProblem = health.NoAnswer(error);
        // These have just answered, however long their consumers take to make.
        foreach (var start in starts) byId[new TopicPartition(start.Topic, start.Partition)].LeaderProblem = null;
        return await Task.WhenAll(starts.Select(start =>
            OpenAsync(byId[new TopicPartition(start.Topic, start.Partition)], start, cancellationToken)));
    }

    private async Task<AssignedPartition> OpenAsync(AssignedPartition partition, PartitionStart start, CancellationToken cancellationToken)
    {
        partition.End = start.High;
        if (partition is not { Consumer: not null, Position: { } position })
        {
            await BeginAsync(partition, start, cancellationToken);
        }
        else if (IsAnotherLog(partition, position, start))
        {
            health.LogBeganAgain(partition.Id, position, start.Low, start.High);
            // Whatever is committed is of the old log. An offset beyond the end says the same to who keeps the epochs.
            var committed = position > start.High ? position : (long?)null;
            await BeginAsync(partition, start with { Committed = committed, BeganAgain = true }, cancellationToken, start.Low);
        }
        else if (position < start.Low)
        {
            health.Skipped(partition.Id, position, start.Low);
            partition.Position = start.Low;
        }

        return partition;
    }

    // A topic that is deleted takes the offsets that are committed in it along.
    private static bool IsAnotherLog(AssignedPartition partition, long position, in PartitionStart start) =>
        position > start.High || (partition.Committed is not null && start.Committed is null);

    private async Task BeginAsync(AssignedPartition partition, PartitionStart start, CancellationToken cancellationToken, long? at = null)
    {
        var consumer = await factory.OpenAsync(start, cancellationToken);
        var wasLost = consumer.Source is { Epoch: > 0, IsNewToGroup: false };
        var from = at is { } given ? new StartPoint(given, null, false) : StartPoint.Choose(start, options.AutoOffsetReset, wasLost);
        if (from.LogBeganAgain) health.LogBeganAgain(partition.Id, start.Committed!.Value, start.Low, start.High);
        if (from.SkippedFrom is { } skipped) health.Skipped(partition.Id, skipped, from.Offset);

        partition.Consumer = null; // nothing is committed while the rest changes
        partition.Position = from.Offset;
        partition.Committed = start.Committed <= start.High ? start.Committed : null;
        partition.CommittedAt = clock.GetTimestamp();
        partition.Pin = from.Offset == start.Committed ? null : from.Offset;
        partition.Consumer = consumer;
    }
}
