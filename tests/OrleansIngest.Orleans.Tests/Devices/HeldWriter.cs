using System.Collections.Concurrent;
using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Orleans.Tests.Devices;

/// <summary>A writer that a test can hold up or have fail before rows reach the real one, and that counts what it is handed.</summary>
internal sealed class HeldWriter(IRowWriter inner) : IRowWriter
{
    private readonly ConcurrentDictionary<(string Key, int Partition, long First, long Last), int> _handedIn = new();
    private volatile TaskCompletionSource _gate = Open();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<long>> _passed = new();
    private volatile string? _only;
    private volatile string? _failing;
    private int _failures;

    /// <summary>How often each batch was handed in.</summary>
    public IReadOnlyDictionary<(string Key, int Partition, long First, long Last), int> HandedIn => _handedIn;

    /// <summary>Offsets of a device's records that came through, in their order, repeats included.</summary>
    public IReadOnlyList<long> PassedOf(string device) => _passed.TryGetValue(device, out var passed) ? [.. passed] : [];

    /// <summary>Lets nothing through from now on.</summary>
    public void Hold()
    {
        _only = null;
        _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Holds up what comes of one device from now on, and what is held up already.</summary>
    public void HoldOnly(string device) => _only = device;

    /// <summary>Lets everything through again.</summary>
    public void Release() => _gate.TrySetResult();

    /// <summary>Has the next so many batches fail before they reach the database.</summary>
    public void FailNext(int batches) => Volatile.Write(ref _failures, batches);

    /// <summary>Whether what comes through is let fall rather than stored.</summary>
    public bool Discards { get; set; }

    /// <summary>Has every batch of one device fail from now on; null for none.</summary>
    public void FailOnly(string? device) => _failing = device;

    /// <inheritdoc />
    public async Task<IReadOnlyList<RefusedRecord>> WriteAsync(DeviceBatch batch)
    {
        _handedIn.AddOrUpdate(
            (batch.StreamKey, batch.Source.Partition, batch.Records[0].Source.Offset, batch.Records[^1].Source.Offset), 1, (_, n) => n + 1);
        if (_failing == batch.StreamKey || Interlocked.Decrement(ref _failures) >= 0) throw new InvalidOperationException("The test had it fail.");
        if (_only is null || _only == batch.StreamKey) await _gate.Task;
        var passed = _passed.GetOrAdd(batch.StreamKey, static _ => new ConcurrentQueue<long>());
        foreach (var record in batch.Records) passed.Enqueue(record.Source.Offset);
        return Discards ? [] : await inner.WriteAsync(batch);
    }

    private static TaskCompletionSource Open()
    {
        var gate = new TaskCompletionSource();
        gate.SetResult();
        return gate;
    }
}
