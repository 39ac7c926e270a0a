using Confluent.Kafka;

namespace OrleansIngest.Kafka.Reading;

/// <summary>Commits watermarks: only what changed, only forward, one request at a time and never on the poll thread.</summary>
internal sealed class OffsetCommitter(
    IConsumer<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> consumer,
    KafkaOptions options,
    ReaderHealth health,
    TimeProvider clock,
    Action<string> refused) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Whether a request is under way, which keeps the client from being disposed.</summary>
    public bool Busy => _one.CurrentCount == 0;

    /// <summary>Commits what is due of these partitions. True where everything is committed.</summary>
    /// <exception cref="OperationCanceledException">It took too long; the request itself goes on.</exception>
    public Task<bool> CommitAsync(IReadOnlyCollection<AssignedPartition> partitions, CancellationToken cancellationToken) =>
        Task.Run(() => CommitOneAtATimeAsync(partitions, cancellationToken), CancellationToken.None).WaitAsync(cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _one.Dispose();

    private async Task<bool> CommitOneAtATimeAsync(IReadOnlyCollection<AssignedPartition> partitions, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return Commit(partitions);
        }
        finally
        {
            _one.Release();
        }
    }

    private bool Commit(IReadOnlyCollection<AssignedPartition> partitions)
    {
        var due = partitions
            .Select(p => (Partition: p, Consumer: p.Consumer, Offset: p.ToCommit))
            .Where(d => d.Offset is { } offset && IsDue(d.Partition, offset))
            .ToDictionary(d => d.Partition.Id);
        if (due.Count == 0) return true;

        var errors = new List<Error>();
        foreach (var result in Send(due.Values.Select(d => new TopicPartitionOffset(d.Partition.Id, d.Offset!.Value))))
        {
            if (result.Error.IsError)
            {
                errors.Add(result.Error);
                continue;
            }

            var (partition, of, offset) = due[result.TopicPartition];
            // The log may have begun again meanwhile; what was committed of the old one says nothing of the new.
            if (partition.Consumer != of) continue;
            partition.Committed = offset;
            partition.CommittedAt = clock.GetTimestamp();
            partition.Pin = null;
        }

        return Report(errors);
    }

    private bool IsDue(AssignedPartition partition, long offset) =>
        partition.Committed is not { } committed
        || offset > committed
        || partition.Pin is not null
        || clock.GetElapsedTime(partition.CommittedAt) >= options.RecommitInterval;

    private List<TopicPartitionOffsetError> Send(IEnumerable<TopicPartitionOffset> offsets)
    {
        var list = offsets.ToList();
        var none = new Error(ErrorCode.NoError);
        try
        {
            consumer.Commit(list);
            return [.. list.Select(o => new TopicPartitionOffsetError(o, none))];
        }
        catch (TopicPartitionOffsetException e)
        {
            return e.Results;
        }
        catch (KafkaException e)
        {
            return [.. list.Select(o => new TopicPartitionOffsetError(o, e.Error))];
        }
    }

    private bool Report(List<Error> errors)
    {
        if (errors.Count == 0)
        {
            health.CommitWorks();
            return true;
        }

        var error = errors.Find(e => IsOfSubscribers(e.Code)) ?? errors[0];
        if (IsOfSubscribers(error.Code))
        {
            refused($"the group '{options.GroupId}' is in use by a consumer that subscribes to topics ({error.Code}). "
                + "This host assigns partitions itself and needs a group of its own: stop that consumer, or set Kafka:GroupId to another name");
        }

        health.CommitFailed(error.Code == ErrorCode.GroupAuthorizationFailed
            ? $"the group '{options.GroupId}' may not be used: grant Read on it to the host's user"
            : $"{error.Code}: {error.Reason}");
        return false;
    }

    private static bool IsOfSubscribers(ErrorCode code) => code
        is ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration or ErrorCode.RebalanceInProgress
        or ErrorCode.FencedInstanceId or ErrorCode.StaleMemberEpoch or ErrorCode.FencedMemberEpoch;
}
