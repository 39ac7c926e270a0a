using System.Runtime.CompilerServices;
using Confluent.Kafka;
using OrleansIngest.Kafka.Clients;
using OrleansIngest.Kafka.Reading;

namespace OrleansIngest.Kafka.DeadLetters;

/// <summary>Reads the dead-letter topic from its beginning to where it ends when reading begins. Commits nothing.</summary>
public sealed class DeadLetterReader(KafkaOptions options, KafkaClients clients)
{
    private const int BatchSize = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>The dead letters, in the order of each partition.</summary>
    /// <exception cref="KafkaUnavailableException">No broker answers, or the topic does not exist or may not be read.</exception>
    public async IAsyncEnumerable<DeadLetter> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var lastError = "no answer";
        using var consumer = clients.CreateReader(new SlabDeserializer(), e => lastError = clients.Hide(e.Reason));
        using var lookup = new LogLookup(consumer);
        var left = await AssignAsync(consumer, lookup, cancellationToken);
        while (left.Count > 0)
        {
            var batch = await Task.Run(() => TakeBatch(consumer, left), cancellationToken);
            if (batch is null) throw Unavailable($"stopped answering: {lastError}");
            foreach (var letter in batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return letter;
            }
        }
    }

    private async Task<Dictionary<int, long>> AssignAsync(
        IConsumer<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> consumer, LogLookup lookup, CancellationToken cancellationToken)
    {
        try
        {
            var count = await lookup.CountPartitionsAsync(options.DeadLetterTopic, cancellationToken);
            if (count == 0) throw Unavailable("does not exist");
            var partitions = Enumerable.Range(0, count).Select(i => new TopicPartition(options.DeadLetterTopic, i)).ToList();
            var (lows, ends) = await lookup.BoundsAsync(partitions, cancellationToken);
            if (lows.Count < count || ends.Count < count) throw Unavailable("has partitions whose leader does not answer");
            var filled = partitions.Where(p => lows[p] < ends[p]).ToList();
            consumer.Assign(filled.Select(p => new TopicPartitionOffset(p, lows[p])));
            return filled.ToDictionary(p => p.Partition.Value, p => ends[p]);
        }
        catch (KafkaException e)
        {
            throw Unavailable($"cannot be read: {e.Error.Code}: {clients.Hide(e.Error.Reason)}");
        }
    }

    // Null where nothing came for too long. Takes partitions that are read to their end out of what is left.
    private List<DeadLetter>? TakeBatch(IConsumer<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> consumer, Dictionary<int, long> left)
    {
        var batch = new List<DeadLetter>();
        while (left.Count > 0 && batch.Count < BatchSize)
        {
            var result = Consume(consumer, batch.Count == 0 ? Patience : TimeSpan.FromMilliseconds(50));
            if (result is null) return batch.Count == 0 ? null : batch;
            if (!left.TryGetValue(result.Partition.Value, out var end)) continue;
            if (result.IsPartitionEOF)
            {
                left.Remove(result.Partition.Value);
                continue;
            }

            if (result.Offset.Value < end) batch.Add(DeadLetterFormat.Read(result));
            if (result.Offset.Value >= end - 1) left.Remove(result.Partition.Value);
        }

        return batch;
    }

    private ConsumeResult<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?>? Consume(
        IConsumer<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> consumer, TimeSpan timeout)
    {
        try
        {
            return consumer.Consume(timeout);
        }
        catch (ConsumeException e)
        {
            throw Unavailable($"cannot be read: {e.Error.Code}: {clients.Hide(e.Error.Reason)}");
        }
    }

    private KafkaUnavailableException Unavailable(string what) =>
        new($"The dead-letter topic '{options.DeadLetterTopic}' at {clients.BootstrapServers} {what}.");
}
