using System.Numerics;

namespace OrleansIngest.Core.Measuring;

/// <summary>
/// Durations in microseconds, in buckets that are 1/16 of their power of two wide: quantiles are off by 6 % at most.
/// Safe for concurrent use, without locks or allocation.
/// </summary>
public sealed class LatencyHistogram
{
    private const int SubBits = 4;
    private const int SubBuckets = 1 << SubBits;
    private readonly long[] _buckets = new long[(64 - SubBits) * SubBuckets];
    private long _count;
    private long _max;

    /// <summary>Durations recorded.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>The longest, microseconds.</summary>
    public long MaxMicros => Interlocked.Read(ref _max);

    /// <summary>Notes a duration; a negative one, which clocks that disagree can make, counts as zero.</summary>
    public void Record(long micros)
    {
        micros = Math.Max(micros, 0);
        Interlocked.Increment(ref _buckets[Bucket(micros)]);
        Interlocked.Increment(ref _count);
        var max = Interlocked.Read(ref _max);
        while (micros > max)
        {
            var seen = Interlocked.CompareExchange(ref _max, micros, max);
            if (seen == max) break;
            max = seen;
        }
    }

    /// <summary>The duration that a share of all did not exceed, milliseconds; 0 where nothing was recorded.</summary>
    /// <param name="share">Between 0 and 1, such as 0.99.</param>
    public double QuantileMs(double share)
    {
        var wanted = (long)Math.Ceiling(Count * share);
        if (wanted == 0) return 0;
        long seen = 0;
        for (var i = 0; i < _buckets.Length; i++)
        {
            seen += Interlocked.Read(ref _buckets[i]);
            if (seen >= wanted) return Math.Min(Upper(i), MaxMicros) / 1000.0;
        }

        return MaxMicros / 1000.0;
    }

    /// <summary>The buckets that are not empty, shortest first: up to how many microseconds, and how many durations.</summary>
    public IReadOnlyList<(long UpToMicros, long Count)> Buckets()
    {
        var filled = new List<(long, long)>();
        for (var i = 0; i < _buckets.Length; i++)
        {
            if (Interlocked.Read(ref _buckets[i]) is > 0 and var count) filled.Add((Upper(i), count));
        }

        return filled;
    }

    private static int Bucket(long micros)
    {
        if (micros < SubBuckets) return (int)micros;
        var shift = BitOperations.Log2((ulong)micros) - SubBits;
        return ((shift + 1) << SubBits) + (int)((micros >> shift) - SubBuckets);
    }

    private static long Upper(int bucket)
    {
        if (bucket < SubBuckets) return bucket;
        var shift = (bucket >> SubBits) - 1;
        return ((((long)bucket & (SubBuckets - 1)) + SubBuckets + 1) << shift) - 1;
    }
}
