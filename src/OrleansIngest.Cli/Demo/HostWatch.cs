using Confluent.Kafka;
using OrleansIngest.Cli.Simulation;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Cli.Demo;

/// <summary>
/// Follows the hosts through their HTTP, and holds the simulator while they are so far behind that the built-in broker
/// might drop what was not read.
/// </summary>
internal sealed class HostWatch(
    DemoHosts hosts, Simulator simulator, IReadOnlyDictionary<TopicPartition, long> starts, bool holdBack)
{
    /// <summary>Bytes that a partition may be ahead of the host: less than half of what the built-in broker keeps.</summary>
    private const long MaxBytesAhead = 2 * 1024 * 1024;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>What the hosts said last; null before it said anything.</summary>
    public PipelineStatus? Status { get; private set; }

    /// <summary>The hosts' highest memory so far, together, in bytes.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Acknowledged records of this run that are not yet durable.</summary>
    public long Behind { get; private set; }

    /// <summary>How the host stands in every topic.</summary>
    public IReadOnlyList<TopicLag> Topics { get; private set; } = [];

    /// <summary>Looks again and again until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await LookAsync(cancellationToken);
            await Task.Delay(Interval, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Looks once; where the host does not answer, what it said last counts.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        PeakBytes = hosts.PeakBytes;
        try
        {
            if (await hosts.ReadAsync(cancellationToken) is { } status) Status = status;
        }
        catch (OperationCanceledException)
        {
            return;
        }

        var partitions = Status?.Partitions.ToLookup(p => p.Topic);
        Topics = [.. simulator.Counts.Select(c => Lag(c, partitions?[c.Topic] ?? []))];
        Behind = Topics.Sum(t => t.Behind);
        simulator.IsHeld = holdBack && Topics.Any(t => t.MostBehind * t.RecordBytes > MaxBytesAhead);
    }

    // The host asks the broker for ends now and then; the delivery reports are younger.
    private TopicLag Lag(TopicCounts counts, IEnumerable<PartitionStatus> host)
    {
        var lags = new SortedDictionary<int, long>();
        var (watermarks, ends, behind, mostBehind) = (0L, 0L, 0L, 0L);
        var known = host.ToDictionary(p => p.Partition);
        for (var n = 0; n < counts.Ends.Count; n++) known.TryAdd(n, new PartitionStatus(counts.Topic, n, null, null, null, null, false, 0, 0, null));
        foreach (var (number, partition) in known)
        {
            var start = starts.GetValueOrDefault(new TopicPartition(counts.Topic, number));
            var watermark = partition.Watermark ?? start;
            var end = Math.Max(counts.Ends[number] ?? 0, partition.EndOffset ?? start);
            watermarks += watermark;
            ends += end;
            lags[number] = Math.Max(0, end - watermark);
            if (counts.Ends[number] is not { } ours) continue;
            behind += Math.Max(0, ours - watermark);
            mostBehind = Math.Max(mostBehind, ours - watermark);
        }

        return new TopicLag(
            counts.Topic, [.. lags.Values], watermarks, ends, behind, mostBehind, (double)counts.ProducedBytes / Math.Max(1, counts.Produced));
    }
}

/// <summary>How the host stands in a topic.</summary>
/// <param name="Topic">Topic name.</param>
/// <param name="Lags">Records of each partition that are not durable, whoever produced them.</param>
/// <param name="Watermark">Sum of the watermarks.</param>
/// <param name="End">Sum of the ends.</param>
/// <param name="Behind">Records of this run that are not durable.</param>
/// <param name="MostBehind">The most of them in one partition, with what stands before them.</param>
/// <param name="RecordBytes">Mean size of this run's records.</param>
internal sealed record TopicLag(
    string Topic, IReadOnlyList<long> Lags, long Watermark, long End, long Behind, long MostBehind, double RecordBytes);
