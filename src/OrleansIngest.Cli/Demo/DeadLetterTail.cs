using System.Globalization;
using System.Text;
using Confluent.Kafka;
using OrleansIngest.Cli.Services;

namespace OrleansIngest.Cli.Demo;

/// <summary>
/// Reads the dead-letter topic back while the demo runs, and counts the source records of this run in it: each once,
/// however often it was written. A record is of this run where it stands behind the offsets noted at the start and its
/// key carries the run's id.
/// </summary>
internal sealed class DeadLetterTail : IDisposable
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);

    private readonly IConsumer<byte[]?, Ignore> _consumer;
    private readonly IReadOnlyDictionary<TopicPartition, long> _starts;
    private readonly byte[] _runMark;
    private readonly Dictionary<TopicPartition, long> _positions;
    private readonly HashSet<(string Topic, int Partition, long Offset)> _seen = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Task _reading;

    /// <param name="kafka">The broker.</param>
    /// <param name="ends">The dead-letter topic's partitions and where each ended when the run began.</param>
    /// <param name="starts">Where each source partition ended when the run began.</param>
    /// <param name="run">The run's id as it stands in keys, with what surrounds it.</param>
    public DeadLetterTail(KafkaAccess kafka, IReadOnlyDictionary<TopicPartition, long> ends, IReadOnlyDictionary<TopicPartition, long> starts, string run)
    {
        _consumer = kafka.CreateReader();
        _starts = starts;
        _runMark = Encoding.UTF8.GetBytes(run);
        _positions = new(ends);
        _consumer.Assign(ends.Select(e => new TopicPartitionOffset(e.Key, e.Value)));
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Distinct source records so far.</summary>
    public long Count
    {
        get { lock (_lock) return _seen.Count; }
    }

    /// <summary>Waits until everything before these offsets was read; false where that does not come about in time.</summary>
    public async Task<bool> CatchUpAsync(IReadOnlyDictionary<TopicPartition, long> ends, TimeSpan timeout)
    {
        var deadline = DateTime.UtcNow + timeout;
        while (!HasReached(ends))
        {
            if (DateTime.UtcNow > deadline) return false;
            await Task.Delay(Wait);
        }

        return true;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _reading.Wait(TimeSpan.FromSeconds(5));
        _consumer.Close();
        _consumer.Dispose();
        _stop.Dispose();
    }

    private bool HasReached(IReadOnlyDictionary<TopicPartition, long> ends)
    {
        lock (_lock) return ends.All(e => _positions.GetValueOrDefault(e.Key) >= e.Value);
    }

    private void Read()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (_consumer.Consume(Wait) is { } result) Take(result);
            }
            catch (ConsumeException)
            {
                Thread.Sleep(Wait); // the broker is away: the client connects again by itself
            }
        }
    }

    private void Take(ConsumeResult<byte[]?, Ignore> result)
    {
        var headers = result.Message.Headers;
        lock (_lock)
        {
            _positions[result.TopicPartition] = result.Offset.Value + 1;
            if (result.Message.Key is not { } key || key.AsSpan().IndexOf(_runMark) < 0) return;
            if (Text(headers, "x-dead-letter-topic") is { } topic
                && int.TryParse(Text(headers, "x-dead-letter-partition"), CultureInfo.InvariantCulture, out var partition)
                && long.TryParse(Text(headers, "x-dead-letter-offset"), CultureInfo.InvariantCulture, out var offset)
                && _starts.TryGetValue(new TopicPartition(topic, partition), out var start)
                && offset >= start)
            {
                _seen.Add((topic, partition, offset));
            }
        }
    }

    // The last: a record that was replayed and failed again carries the headers of the first time too.
    private static string? Text(Headers headers, string name) =>
        headers.TryGetLastBytes(name, out var bytes) ? Encoding.UTF8.GetString(bytes) : null;
}
