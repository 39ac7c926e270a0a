using Confluent.Kafka;
using Confluent.Kafka.Admin;
using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Kafka.Reading;

/// <summary>Asks the broker what stands: partitions of topics, bounds of logs, committed offsets. Never called on the poll thread.</summary>
internal sealed class LogLookup(IConsumer<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> consumer) : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    // Rides on the consumer's connections.
    private readonly IAdminClient _admin = new DependentAdminClientBuilder(consumer.Handle).Build();
    private string? _clusterId;
    private int _calls;

    /// <summary>Whether a call waits for the broker that cannot be interrupted.</summary>
    public bool Busy => Volatile.Read(ref _calls) > 0;

    /// <summary>How many partitions a topic has; 0 where it does not exist.</summary>
    /// <exception cref="KafkaException">The broker does not answer, or does not let us look.</exception>
    public async Task<int> CountPartitionsAsync(string topic, CancellationToken cancellationToken) =>
        (await LeadersAsync(topic, cancellationToken)).Count;

    /// <summary>The partitions of a topic, each with why it has no leader, or null where it has one; none where it does not exist.</summary>
    /// <exception cref="KafkaException">The broker does not answer, or does not let us look.</exception>
    public async Task<Dictionary<TopicPartition, Error?>> LeadersAsync(string topic, CancellationToken cancellationToken)
    {
        var metadata = await CallAsync(() => _admin.GetMetadata(topic, Timeout), cancellationToken);
        var found = metadata.Topics.Find(t => t.Topic == topic);
        return found?.Error.Code switch
        {
            null or ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic => [],
            ErrorCode.NoError or ErrorCode.LeaderNotAvailable => found.Partitions.ToDictionary(
                p => new TopicPartition(topic, p.PartitionId),
                p => p.Leader >= 0 ? null : p.Error.IsError ? p.Error : new Error(ErrorCode.LeaderNotAvailable)),
            _ => throw new KafkaException(found.Error),
        };
    }

    /// <summary>Bounds and committed offsets of partitions; those whose leader does not answer are left out, and why is added to <paramref name="failed"/>.</summary>
    /// <exception cref="KafkaException">The broker does not answer.</exception>
    public async Task<List<PartitionStart>> LookUpAsync(
        IReadOnlyList<TopicPartition> partitions, Dictionary<TopicPartition, Error> failed, CancellationToken cancellationToken)
    {
        var clusterId = await ClusterIdAsync(cancellationToken);
        // The end last: it only grows, so a committed offset beyond it is no matter of timing.
        var committed = await CommittedAsync(partitions, failed, cancellationToken);
        var low = await OffsetsAsync(partitions, OffsetSpec.Earliest(), failed, cancellationToken);
        var high = await EndsAsync(partitions, failed, cancellationToken);
        var starts = new List<PartitionStart>(partitions.Count);
        foreach (var partition in partitions)
        {
            if (committed.TryGetValue(partition, out var offset)
                && low.TryGetValue(partition, out var from)
                && high.TryGetValue(partition, out var to))
            {
                starts.Add(new PartitionStart(clusterId, partition.Topic, partition.Partition.Value, offset, from, to));
            }
        }

        return starts;
    }

    /// <summary>First and one past the last offset of each log; those whose leader does not answer are left out.</summary>
    public async Task<(Dictionary<TopicPartition, long> Low, Dictionary<TopicPartition, long> High)> BoundsAsync(
        IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        var failed = new Dictionary<TopicPartition, Error>();
        var low = await OffsetsAsync(partitions, OffsetSpec.Earliest(), failed, cancellationToken);
        return (low, await EndsAsync(partitions, failed, cancellationToken));
    }

    /// <summary>One past the last record of each log; those whose leader does not answer are left out, and why is added to <paramref name="failed"/>.</summary>
    public Task<Dictionary<TopicPartition, long>> EndsAsync(
        IReadOnlyList<TopicPartition> partitions, Dictionary<TopicPartition, Error> failed, CancellationToken cancellationToken) =>
        OffsetsAsync(partitions, OffsetSpec.Latest(), failed, cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _admin.Dispose();

    private Task<T> CallAsync<T>(Func<T> call, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        return Task.Run(
            () =>
            {
                try
                {
                    return call();
                }
                finally
                {
                    Interlocked.Decrement(ref _calls);
                }
            },
            CancellationToken.None).WaitAsync(cancellationToken);
    }

    private async Task<string> ClusterIdAsync(CancellationToken cancellationToken)
    {
        if (_clusterId is not null) return _clusterId;
        var cluster = await _admin.DescribeClusterAsync(new DescribeClusterOptions { RequestTimeout = Timeout }).WaitAsync(cancellationToken);
        return _clusterId = cluster.ClusterId ?? "";
    }

    private async Task<Dictionary<TopicPartition, long?>> CommittedAsync(
        IReadOnlyList<TopicPartition> partitions, Dictionary<TopicPartition, Error> failed, CancellationToken cancellationToken)
    {
        List<TopicPartitionOffset> offsets;
        try
        {
            offsets = await CallAsync(() => consumer.Committed(partitions, Timeout), cancellationToken);
        }
        catch (TopicPartitionOffsetException e)
        {
            foreach (var result in e.Results.Where(r => r.Error.IsError)) failed[result.TopicPartition] = result.Error;
            offsets = [.. e.Results.Where(r => !r.Error.IsError).Select(r => r.TopicPartitionOffset)];
        }

        return offsets.ToDictionary(o => o.TopicPartition, o => o.Offset.Value >= 0 ? o.Offset.Value : (long?)null);
    }

    private async Task<Dictionary<TopicPartition, long>> OffsetsAsync(
        IReadOnlyList<TopicPartition> partitions, OffsetSpec which, Dictionary<TopicPartition, Error> failed, CancellationToken cancellationToken)
    {
        var specs = partitions.Select(p => new TopicPartitionOffsetSpec { TopicPartition = p, OffsetSpec = which });
        // The stable end, since that is how far a consumer reads by default.
        var options = new ListOffsetsOptions { RequestTimeout = Timeout, IsolationLevel = IsolationLevel.ReadCommitted };
        List<ListOffsetsResultInfo> results;
        try
        {
            results = (await _admin.ListOffsetsAsync(specs, options).WaitAsync(cancellationToken)).ResultInfos;
        }
        catch (ListOffsetsException e)
        {
            results = e.Result.ResultInfos;
        }

        foreach (var result in results.Select(r => r.TopicPartitionOffsetError).Where(r => r.Error.IsError)) failed[result.TopicPartition] = result.Error;
        return results
            .Select(r => r.TopicPartitionOffsetError)
            .Where(r => !r.Error.IsError)
            .ToDictionary(r => r.TopicPartition, r => r.Offset.Value);
    }
}
