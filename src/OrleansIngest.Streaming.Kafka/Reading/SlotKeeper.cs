using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using OrleansIngest.Kafka.Reading;
using OrleansIngest.Streaming.Kafka.Queues;
using OrleansIngest.Streaming.Kafka.Status;

namespace OrleansIngest.Streaming.Kafka.Reading;

/// <summary>Finds out which partitions exist, and has those read whose queues this silo has, when they are due.</summary>
internal sealed class SlotKeeper : IAsyncDisposable
{
    private readonly KafkaStreamOptions _options;
    private readonly KafkaReader _kafka;
    private readonly ConcurrentDictionary<TopicPartition, KafkaQueueReceiver> _queues;
    private readonly WaitWatch _watch;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _problems = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

    public SlotKeeper(
        KafkaStreamOptions options, KafkaReader kafka, ConcurrentDictionary<TopicPartition, KafkaQueueReceiver> queues,
        WaitWatch watch, TimeProvider clock, ILogger logger)
    {
        (_options, _kafka, _queues, _watch, _clock, _logger) = (options, kafka, queues, watch, clock, logger);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Topics that cannot be read, or not all of them, and why.</summary>
    public IReadOnlyList<string> Problems => [.. _problems.Values];

    /// <summary>Looks again now.</summary>
    public void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Woken by two at once: one look serves both.
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var wait = TimeSpan.Zero;
        while (true)
        {
            await _wake.WaitAsync(wait, _stopping.Token);
            wait = _options.Kafka.MetadataInterval;
            if (_queues.IsEmpty) continue;
            try
            {
                foreach (var topic in _options.Topics) await CountAsync(topic);
                wait = AddDue();
                _watch.Look(_queues.Values);
            }
            catch (Exception e) when (!_stopping.IsCancellationRequested)
            {
                // Whatever it was: partitions that come later must not go unread for it.
                _logger.LookFailed(e);
            }
        }
    }

    private async Task CountAsync(string topic)
    {
        try
        {
            if (await _kafka.CountPartitionsAsync(topic, _stopping.Token) is not { } count) return; // the reader says that the broker is away
            _counts[topic] = count;
            if (count == 0) Problem(topic, $"topic '{topic}' does not exist: create it, or take it out of the topics to read");
            else if (count > _options.MaxPartitions) Problem(topic, TooMany(topic, count));
            else _problems.TryRemove(topic, out _);
        }
        catch (KafkaException e)
        {
            Problem(topic, $"topic '{topic}' cannot be looked at ({e.Error.Code}): grant Describe and Read on it to the silo's user");
        }
    }

    private string TooMany(string topic, int count) =>
        $"topic '{topic}' has {count} partitions, but only {_options.MaxPartitions} are provided for: partitions from {_options.MaxPartitions} on "
        + "are not read. Raise MaxPartitions on every silo; they must all be stopped for that";

    private void Problem(string topic, string problem)
    {
        if (_problems.TryGetValue(topic, out var known) && known == problem) return;
        _problems[topic] = problem;
        _logger.SlotProblem(problem);
    }

    // Gives how long to wait until the next look.
    private TimeSpan AddDue()
    {
        var wait = _options.Kafka.MetadataInterval;
        var now = _clock.GetTimestamp();
        foreach (var queue in _queues.Values)
        {
            if (queue.Partition.Partition.Value >= _counts.GetValueOrDefault(queue.Partition.Topic)) continue;
            var left = _clock.GetElapsedTime(now, queue.DueAt);
            if (left <= TimeSpan.Zero) queue.AddTo(_kafka, _stopping.Token);
            else if (left < wait) wait = left;
        }

        return wait;
    }
}
