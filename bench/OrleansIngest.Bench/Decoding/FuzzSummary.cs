using OrleansIngest.Core.Records;

namespace OrleansIngest.Bench.Decoding;

/// <summary>What a million spoiled records of all formats came to.</summary>
/// <param name="Decoded">Records that decoded in spite of it.</param>
/// <param name="Rejected">Records that were rejected for a reason of the list.</param>
/// <param name="Escapes">What came out that should not; at most ten a format.</param>
internal sealed record FuzzSummary(long Decoded, long Rejected, IReadOnlyList<string> Escapes)
{
    private const int RecordsPerFormat = 250_000;
    private const int Seed = 2;

    /// <summary>All records.</summary>
    public long Records => Decoded + Rejected + Escapes.Count;

    /// <summary>Fuzzes the decoder of each format.</summary>
    public static FuzzSummary Run()
    {
        var results = Enum.GetValues<RecordFormat>()
            .Select(f => new DecoderFuzz(f, DecoderFuzz.Samples(f), TimeProvider.System).Run(RecordsPerFormat, Seed))
            .ToList();
        return new FuzzSummary(results.Sum(r => r.Decoded), results.Sum(r => r.Rejected.Sum()), [.. results.SelectMany(r => r.Escapes)]);
    }
}
