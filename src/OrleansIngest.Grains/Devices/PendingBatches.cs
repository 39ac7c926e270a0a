using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Grains.Devices;

/// <summary>
/// The batches of one device that were given back to the stream before their rows were stored. When one comes again, its
/// delivery is the one that is under way already. Owned by one grain; not safe for concurrent use.
/// </summary>
internal sealed class PendingBatches
{
    // Most devices never need it.
    private List<Pending>? _pending;

    /// <summary>How many there are.</summary>
    public int Count => _pending?.Count ?? 0;

    /// <summary>The delivery of this very batch; null where it is not pending, or its delivery failed and has to begin again.</summary>
    public Task? Find(DeviceBatch batch)
    {
        if (_pending is null) return null;
        foreach (var pending in _pending)
        {
            if (pending.Is(batch) && !pending.Delivery.IsFaulted && !pending.Delivery.IsCanceled) return pending.Delivery;
        }

        return null;
    }

    /// <summary>Keeps a delivery whose batch is given back.</summary>
    public void Keep(DeviceBatch batch, Task delivery)
    {
        _pending ??= new List<Pending>(1);
        _pending.RemoveAll(p => p.Is(batch));
        _pending.Add(new Pending(batch.Source, batch.Records[0].Source.Offset, batch.Records[^1].Source.Offset, delivery));
    }

    /// <summary>
    /// A batch is stored. A log's records come in their order, so whatever of it was pending up to there is stored too, or
    /// belongs to an epoch that has ended.
    /// </summary>
    public void Stored(DeviceBatch batch)
    {
        if (_pending is not { Count: > 0 }) return;
        var last = batch.Records[^1].Source.Offset;
        _pending.RemoveAll(p => p.IsOfLog(batch.Source) && p.Delivery.IsCompleted
            && (p.Source.Epoch < batch.Source.Epoch || (p.Source.Epoch == batch.Source.Epoch && p.Last <= last)));
    }

    private readonly record struct Pending(RecordSource Source, long First, long Last, Task Delivery)
    {
        public bool IsOfLog(RecordSource other) =>
            Source.Partition == other.Partition && Source.Topic == other.Topic && Source.ClusterId == other.ClusterId;

        public bool Is(DeviceBatch batch) =>
            Source == batch.Source && First == batch.Records[0].Source.Offset && Last == batch.Records[^1].Source.Offset;
    }
}
