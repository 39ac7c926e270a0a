using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace OrleansIngest.Kafka.Reading;

/// <summary>
/// Keeps partitions assigned: finds those of the topics that are to be read, opens those that wait, and asks for the
/// ends of logs, now and then and whenever it is woken.
/// </summary>
internal sealed class AssignmentKeeper(
    KafkaOptions options,
    ConcurrentDictionary<TopicPartition, AssignedPartition> partitions,
    PollLoop loop,
    PartitionOpener opener,
    LogLookup lookup,
    ReaderHealth health,
    ILogger logger)
{
    // Between rounds, however often it is woken: a partition that fails at once must not keep the broker busy.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private volatile IReadOnlyCollection<string> _topics = [];
    private volatile TaskCompletionSource _allRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopped;

    /// <summary>How many partitions each topic has, where known.</summary>
    public IReadOnlyDictionary<string, int> PartitionCounts => _counts;

    /// <summary>Reads all partitions of these topics from now on. Completes when those that exist are being read.</summary>
    public Task KeepAllAsync(IReadOnlyCollection<string> topics, CancellationToken cancellationToken)
    {
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _allRead = read;
        _topics = topics;
        Wake();
        return read.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Begins a round now.</summary>
    public void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Woken by two at once: one round serves both.
        }
    }

    /// <summary>A partition that was read cannot be read on where it stands.</summary>
    public void Lost(AssignedPartition partition, Error error)
    {
        logger.PartitionLost(partition.Id.Topic, partition.Id.Partition.Value, partition.Position ?? 0, error.Code.ToString());
        Wake();
    }

    /// <summary>Opens nothing more.</summary>
    public void Stop() => _stopped = true;

    /// <summary>Goes round until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _wake.WaitAsync(options.MetadataInterval, cancellationToken);
            if (_topics.Count > 0 || !partitions.IsEmpty)
            {
                try
                {
                    await RoundAsync(cancellationToken);
                }
                catch (KafkaException e)
                {
                    health.CallFailed(e.Error);
                }
            }

            await Task.Delay(ShortestWait, cancellationToken);
        }
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        var read = _allRead;
        var topics = _topics;
        var all = topics.Concat(partitions.Keys.Select(p => p.Topic)).ToHashSet(StringComparer.Ordinal);
        var missing = new List<string>();
        var leaders = new Dictionary<TopicPartition, Error?>();
        foreach (var topic in all)
        {
            if (await LookAtAsync(topic, leaders, cancellationToken) is { } reason) missing.Add(reason);
        }

        health.Alive();

        foreach (var topic in topics)
        {
            for (var i = 0; i < _counts[topic]; i++)
            {
                partitions.GetOrAdd(new TopicPartition(topic, i), static id => new AssignedPartition(id));
            }
        }

        // A partition that was added since is of a topic that may not have been looked at.
        missing.AddRange(partitions.Values.Where(p => _counts.GetValueOrDefault(p.Id.Topic) > 0 && !Exists(p)).Select(p => p.ToString()));
        health.Missing(missing);

        NoteLeaders(leaders);
        TellLeaderless();

        // What is gone may come back as another log, so it is looked at anew before it is read on.
        var gone = partitions.Values.Where(p => p.State == PartitionState.Reading && !Exists(p)).ToList();
        if (gone.Count > 0) await loop.SuspendAsync(gone);

        var unread = partitions.Values.Where(p => p.State == PartitionState.Waiting && Exists(p)).ToList();
        var waiting = unread.FindAll(IsLed);
        if (waiting.Count > 0 && !_stopped) _ = OpenAsync(waiting, topics.Count > 0 && waiting.Count == unread.Count ? read : null, cancellationToken);
        else if (topics.Count > 0 && unread.Count == 0 && partitions.Values.All(p => p.State != PartitionState.Opening)) read.TrySetResult();

        await RefreshEndsAsync(IsLed, cancellationToken);
        TellLeaderless();

        bool IsLed(AssignedPartition p) => leaders.TryGetValue(p.Id, out var lost) && lost is null;
    }

    // Null, or why the topic cannot be read.
    private async Task<string?> LookAtAsync(string topic, Dictionary<TopicPartition, Error?> leaders, CancellationToken cancellationToken)
    {
        try
        {
            var found = await lookup.LeadersAsync(topic, cancellationToken);
            foreach (var (partition, lost) in found) leaders[partition] = lost;
            _counts[topic] = found.Count;
            return found.Count == 0 ? topic : null;
        }
        catch (KafkaException e) when (!ReaderHealth.IsOutage(e.Error.Code))
        {
            _counts.TryAdd(topic, 0);
            return e.Error.Code == ErrorCode.TopicAuthorizationFailed
                ? $"{topic} (not allowed: grant Describe and Read on it to the host's user)"
                : $"{topic} ({e.Error.Code}: {e.Error.Reason})";
        }
    }

    // A question to a leader that is not there waits for it, and so would all that are asked along with it.
    private void NoteLeaders(Dictionary<TopicPartition, Error?> leaders)
    {
        foreach (var partition in partitions.Values)
        {
            partition.IsMissing = !Exists(partition);
            if (!leaders.TryGetValue(partition.Id, out var lost)) partition.LeaderProblem = null;
            else if (lost is not null) partition.LeaderProblem = $"no broker leads it: {lost.Code}";
        }
    }

    private void TellLeaderless() =>
        health.Leaderless(partitions.Values.Where(p => p.LeaderProblem is not null && p.State != PartitionState.Stopped));

    private bool Exists(AssignedPartition partition) =>
        _counts.TryGetValue(partition.Id.Topic, out var count) && partition.Id.Partition.Value < count;

    // Not awaited by the round: making a consumer may wait for the database.
    private async Task OpenAsync(List<AssignedPartition> waiting, TaskCompletionSource? read, CancellationToken cancellationToken)
    {
        var ours = waiting.Where(p => p.Move(PartitionState.Waiting, PartitionState.Opening)).ToList();
        if (ours.Count == 0) return;
        try
        {
            var opened = await opener.OpenAsync(ours, cancellationToken);
            foreach (var partition in ours) partition.OpeningProblem = null;
            foreach (var partition in opened)
            {
                logger.PartitionOpened(partition.Id.Topic, partition.Id.Partition.Value, partition.Position ?? 0, partition.Consumer!.Source.Epoch);
            }

            await loop.AssignAsync(opened);
            health.OpeningWorks();
            logger.ReadingPartitions(opened.Count, partitions.Values.Count(p => p.State == PartitionState.Reading));
            if (opened.Count == waiting.Count) read?.TrySetResult();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
        catch (KafkaException e)
        {
            health.CallFailed(e.Error);
        }
        catch (Exception e)
        {
            foreach (var partition in ours) partition.OpeningProblem = $"it cannot be opened: {e.Message}";
            health.OpeningFailed(ours[0], ours.Count - 1, e);
        }
        finally
        {
            // Those that could not be opened are tried again at the next round.
            foreach (var partition in ours) partition.Move(PartitionState.Opening, PartitionState.Waiting);
        }
    }

    private async Task RefreshEndsAsync(Func<AssignedPartition, bool> isLed, CancellationToken cancellationToken)
    {
        var reading = partitions.Values.Where(p => p.State == PartitionState.Reading && isLed(p)).ToDictionary(p => p.Id);
        if (reading.Count == 0) return;
        var failed = new Dictionary<TopicPartition, Error>();
        foreach (var (id, end) in await lookup.EndsAsync([.. reading.Keys], failed, cancellationToken))
        {
            reading[id].End = end;
            reading[id].LeaderProblem = null;
        }

        foreach (var (id, error) in failed) reading[id].LeaderProblem = health.NoAnswer(error);
    }
}
