using System.Collections.Concurrent;
using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Standalone.Tests.Lanes;

/// <summary>A writer with a defect: it fails for the batches that it is told to, and hands the others on.</summary>
internal sealed class FaultyWriter(IRowWriter inner) : IRowWriter
{
    private readonly ConcurrentQueue<(string Key, long Offset)> _calls = new();

    /// <summary>Which batches fail.</summary>
    public Func<DeviceBatch, bool> Fails { get; set; } = static _ => false;

    /// <summary>First offsets of the batches of a stream key, in the order they were handed in.</summary>
    public List<long> Calls(string key) => [.. _calls.Where(c => c.Key == key).Select(c => c.Offset)];

    public Task<IReadOnlyList<RefusedRecord>> WriteAsync(DeviceBatch batch)
    {
        _calls.Enqueue((batch.StreamKey, batch.Records[0].Source.Offset));
        return Fails(batch)
            ? Task.FromException<IReadOnlyList<RefusedRecord>>(new InvalidOperationException("a defect of the writer"))
            : inner.WriteAsync(batch);
    }
}
