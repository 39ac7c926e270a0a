namespace OrleansIngest.Hosting.Status;

/// <summary>A latency in milliseconds.</summary>
/// <param name="Count">Durations.</param>
/// <param name="P50Ms">Median.</param>
/// <param name="P99Ms">99th percentile.</param>
/// <param name="MaxMs">The longest.</param>
public sealed record LatencyStatus(long Count, double P50Ms, double P99Ms, double MaxMs)
{
    /// <summary>How many durations lie in which range, shortest first; ranges without any are left out. 6 % wide at most.</summary>
    public IReadOnlyList<LatencyBucket> Buckets { get; init; } = [];

    /// <summary>The latency that these durations make up.</summary>
    /// <param name="buckets">Shortest first.</param>
    /// <param name="maxMs">The longest duration.</param>
    public static LatencyStatus Of(IReadOnlyList<LatencyBucket> buckets, double maxMs)
    {
        var count = buckets.Sum(b => b.Count);
        return new LatencyStatus(count, Quantile(buckets, count, 0.5, maxMs), Quantile(buckets, count, 0.99, maxMs), maxMs) { Buckets = buckets };
    }

    /// <summary>The durations of several processes together.</summary>
    public static LatencyStatus Sum(IReadOnlyList<LatencyStatus> all) => Of(
        [.. all.SelectMany(l => l.Buckets).GroupBy(b => b.UpToMs).Select(g => new LatencyBucket(g.Key, g.Sum(b => b.Count))).OrderBy(b => b.UpToMs)],
        all.Max(l => l.MaxMs));

    /// <summary>The durations since an earlier look at the same process; the longest of them is known by its bucket.</summary>
    public LatencyStatus Since(LatencyStatus earlier)
    {
        var before = earlier.Buckets.ToDictionary(b => b.UpToMs, b => b.Count);
        List<LatencyBucket> since =
        [
            .. Buckets.Select(b => b with { Count = b.Count - before.GetValueOrDefault(b.UpToMs) }).Where(b => b.Count > 0),
        ];
        return Of(since, since.Count == 0 ? 0 : since[^1].UpToMs);
    }

    private static double Quantile(IReadOnlyList<LatencyBucket> buckets, long count, double share, double maxMs)
    {
        var wanted = (long)Math.Ceiling(count * share);
        long seen = 0;
        foreach (var bucket in buckets)
        {
            seen += bucket.Count;
            if (seen >= wanted) return Math.Min(bucket.UpToMs, maxMs);
        }

        return 0;
    }
}

/// <summary>Some of the durations.</summary>
/// <param name="UpToMs">They took at most so many milliseconds, and more than the bucket before.</param>
/// <param name="Count">How many there are.</param>
public sealed record LatencyBucket(double UpToMs, long Count);
