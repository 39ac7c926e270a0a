using System.Text;
using Confluent.Kafka;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Kafka.DeadLetters;

/// <summary>Writes dead letters back to the partitions that they came from, as they were.</summary>
public sealed class DeadLetterReplay(KafkaOptions options, KafkaClients clients)
{
    /// <summary>The header that a replayed record carries besides its own: where its dead letter stands, as <c>topic/partition/offset</c>.</summary>
    public const string ReplayedFrom = "x-replayed-from";

    private const int InFlight = 1_000;

    /// <summary>Replays dead letters, each record once however often it died.</summary>
    /// <param name="reason">Only those with this reason (a code of <see cref="RejectReasons"/>); all where null.</param>
    /// <param name="dryRun">Count only, write nothing.</param>
    /// <param name="refused">Told of each dead letter that cannot be replayed, and why.</param>
    /// <param name="cancellationToken">Stops between two records.</param>
    /// <exception cref="KafkaUnavailableException">No broker answers, or a topic does not exist or may not be written.</exception>
    public async Task<ReplayResult> RunAsync(
        string? reason, bool dryRun, Action<DeadLetter, string> refused, CancellationToken cancellationToken)
    {
        var result = new ReplayResult();
        var seen = new HashSet<DeadLetterOrigin>();
        var pending = new Queue<Task>();
        using var producer = clients.CreateProducer(options.MaxRecordBytes + KafkaClients.RecordOverhead, _ => { });
        await foreach (var letter in new DeadLetterReader(options, clients).ReadAsync(cancellationToken))
        {
            if (reason is not null && letter.Reason != reason)
            {
                result.Filtered++;
            }
            else if (Obstacle(letter) is { } obstacle)
            {
                result.Refused++;
                refused(letter, obstacle);
            }
            else if (!seen.Add(letter.Origin!))
            {
                result.Repeated++;
            }
            else
            {
                result.Replayed++;
                if (dryRun) continue;
                pending.Enqueue(ProduceAsync(producer, letter));
                if (pending.Count >= InFlight) await pending.Dequeue();
            }
        }

        while (pending.TryDequeue(out var sent)) await sent;
        return result;
    }

    private static string? Obstacle(DeadLetter letter) => letter switch
    {
        { Origin: null } => "its headers do not tell where it came from",
        { Cuts.ValueLength: { } length } => $"only its first {letter.Value?.Length ?? 0} of {length} bytes were kept",
        { IsTruncated: true } => "its key or headers were cut",
        _ => null,
    };

    private async Task ProduceAsync(IProducer<byte[]?, byte[]?> producer, DeadLetter letter)
    {
        var origin = letter.Origin!;
        var headers = new Headers();
        foreach (var header in letter.Headers) headers.Add(header.Name, header.Value?.ToArray());
        headers.Add(ReplayedFrom, Encoding.UTF8.GetBytes($"{options.DeadLetterTopic}/{letter.Partition}/{letter.Offset}"));
        var message = new Message<byte[]?, byte[]?> { Key = letter.Key, Value = letter.Value, Headers = headers };
        // A record without time of its own takes Kafka's: it must decode to the same row as before.
        if (origin.TimestampMs is { } time) message.Timestamp = new Timestamp(time, TimestampType.CreateTime);
        try
        {
            await producer.ProduceAsync(new TopicPartition(origin.Topic, origin.Partition), message);
        }
        catch (ProduceException<byte[]?, byte[]?> e)
        {
            throw new KafkaUnavailableException(
                $"A dead letter could not be replayed to {origin.Topic}[{origin.Partition}] at {clients.BootstrapServers}: "
                + $"{e.Error.Code}: {clients.Hide(e.Error.Reason)}. Those before it were; replaying again repeats them, which stores nothing twice where the table has a natural key.");
        }
    }
}

/// <summary>What a replay did, in dead letters.</summary>
public sealed record ReplayResult
{
    /// <summary>Written back, or would be in a dry run.</summary>
    public long Replayed { get; set; }

    /// <summary>Left out because of another reason.</summary>
    public long Filtered { get; set; }

    /// <summary>Left out because the same record was replayed already in this run.</summary>
    public long Repeated { get; set; }

    /// <summary>Cannot be replayed: a part is missing, or where it came from.</summary>
    public long Refused { get; set; }
}
