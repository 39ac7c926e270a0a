using OrleansIngest.Core.Delivery;
using OrleansIngest.Grains.Hosting;

namespace OrleansIngest.Grains.Writing;

/// <summary>
/// Hands rows to the silo's writer grain: what all its devices hand in within a moment by one call, for calls are most of
/// what a delivery costs. A silo that stops takes that grain down together with those of its devices, whose last rows
/// would wait for it in vain: they go straight to where it would bring them.
/// </summary>
internal sealed class GrainRowWriter(IGrainFactory grains, GrainServices services, SiloStopping stopping) : IRowWriter, IThreadPoolWorkItem
{
    // So that no turn of the writer grain takes long.
    private const int MostBatches = 1_000;

    private readonly IWriterGrain _writer = grains.GetGrain<IWriterGrain>(0);
    private readonly Lock _lock = new();
    private List<HandedBatch> _handed = [];
    private bool _isScheduled;

    /// <inheritdoc />
    public Task<IReadOnlyList<RefusedRecord>> WriteAsync(DeviceBatch batch)
    {
        if (stopping.HasBegun) return services.Writer.WriteAsync(batch).WaitAsync(stopping.Given);
        var handed = new HandedBatch(batch);
        lock (_lock)
        {
            _handed.Add(handed);
            if (_isScheduled) return handed.Task;
            _isScheduled = true;
        }

        // Not in the turn of the grain that happens to be first: its request context is not for the others' rows.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return handed.Task;
    }

    /// <summary>Sends what was handed in since the last time, in that order.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        List<HandedBatch> all;
        lock (_lock)
        {
            (all, _handed) = (_handed, []);
            _isScheduled = false;
        }

        for (var first = 0; first < all.Count; first += MostBatches)
        {
            _ = SendAsync(all.GetRange(first, Math.Min(MostBatches, all.Count - first)));
        }
    }

    private async Task SendAsync(List<HandedBatch> handed)
    {
        try
        {
            await _writer.WriteAsync(handed).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Whoever handed in rows hands them in again; those that were stored are stored once.
            foreach (var one in handed) one.TrySetException(e);
        }
    }
}
