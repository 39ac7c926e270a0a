using System.Collections.Concurrent;
using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Standalone.Tests.Lanes;

/// <summary>A writer with a defect: it fails for the batches that it is told to, and hands the others on.</summary>
internal sealed class FaultyWriter(IRowWriter inner) : IRowWriter
{
    private readonly ConcurrentQueue<(string Key, long Offset)> _calls = new();

    /// <summary>Which batches fail.</summary>
    public Func<DeviceBatch, bool> Fails { get; set; } = static _ => false;

    /// <summary>Failures wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>First offsets of the batches of a stream key, in the order they were handed in.</summary>
    public List<long> Calls(string key) => [.. _calls.Where(c => c.Key == key).Select(c => c.Offset)];

    public Task<IReadOnlyList<RefusedRecord>> WriteAsync(DeviceBatch batch)
    {
        _calls.Enqueue((batch.StreamKey, batch.Records[0].Source.Offset));
        return Fails(batch) ? FailAsync() : inner.WriteAsync(batch);
    }

    private async Task<IReadOnlyList<RefusedRecord>> FailAsync()
    {
        await Gate;
        throw new InvalidOperationException("a defect of the writer");
    }
}
