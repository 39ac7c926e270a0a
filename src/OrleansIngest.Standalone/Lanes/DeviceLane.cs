using System.Threading.Channels;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Standalone.Lanes;

/// <summary>
/// Owns a share of the devices. One loop does everything that touches their twins, so they need no lock; loading twins
/// and writing rows go on beside it. Its queue is bounded by the bytes that partitions may have in flight.
/// </summary>
internal sealed class DeviceLane : IAsyncDisposable
{
    private readonly LaneServices _services;
    private readonly Channel<LaneWork> _work = Channel.CreateUnbounded<LaneWork>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, DeviceSlot> _slots = [];
    private readonly List<string> _toLoad = [];
    private readonly Task _loop;
    private bool _loading;
    private int _twins;
    private int _waitingForTwin;

    public DeviceLane(LaneServices services)
    {
        _services = services;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Twins in memory.</summary>
    public int Twins => Volatile.Read(ref _twins);

    /// <summary>Devices whose twins are being loaded.</summary>
    public int Loading => Volatile.Read(ref _waitingForTwin);

    /// <summary>Queues a batch for its device.</summary>
    public Task DeliverAsync(DeviceBatch batch)
    {
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new LaneWork.Deliver(new LaneDelivery(batch, completion)));
        return completion.Task;
    }

    /// <summary>Snapshots of the twins that changed and what they hold is durable; idle ones leave memory once they are kept.</summary>
    public Task<IReadOnlyList<PendingSnapshot>> TakeSnapshotsAsync()
    {
        var completion = new TaskCompletionSource<IReadOnlyList<PendingSnapshot>>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new LaneWork.TakeSnapshots(completion));
        return completion.Task;
    }

    /// <summary>The save of these snapshots failed: they are taken again next time.</summary>
    public void SnapshotsLost(IReadOnlyList<PendingSnapshot> snapshots) => Post(new LaneWork.SnapshotsLost(snapshots));

    /// <summary>Ends the loop; what still waits for a twin is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await _loop;
    }

    private void Post(LaneWork work)
    {
        if (!_work.Writer.TryWrite(work)) work.GiveUp();
    }

    private async Task RunAsync()
    {
        var reader = _work.Reader;
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (reader.TryRead(out var work)) Do(work);
            if (_toLoad.Count > 0 && !_loading) StartLoading();
        }

        foreach (var slot in _slots.Values)
        {
            while (slot.Waiting is { Count: > 0 } waiting) new LaneWork.Deliver(waiting.Dequeue()).GiveUp();
        }
    }

    private void Do(LaneWork work)
    {
        switch (work)
        {
            case LaneWork.Deliver(var delivery):
                Deliver(delivery);
                break;
            case LaneWork.Loaded loaded:
                OnLoaded(loaded);
                break;
            case LaneWork.TakeSnapshots(var completion):
                completion.SetResult(TakeSnapshots());
                break;
            case LaneWork.SnapshotsLost(var snapshots):
                foreach (var lost in snapshots)
                {
                    if (_slots.TryGetValue(lost.Snapshot.DeviceId, out var slot)) slot.Processor?.Twin?.MarkChanged();
                }

                break;
        }
    }

    private void Deliver(LaneDelivery delivery)
    {
        var batch = delivery.Batch;
        if (!_slots.TryGetValue(batch.StreamKey, out var slot))
        {
            _slots[batch.StreamKey] = slot = new DeviceSlot();
            if (batch.Format == RecordFormat.Event)
            {
                slot.Processor = new DeviceProcessor(null, _services.Writer, _services.DeadLetters);
            }
            else
            {
                _toLoad.Add(batch.StreamKey);
                Volatile.Write(ref _waitingForTwin, _waitingForTwin + 1);
            }
        }

        slot.LastUsed = _services.Clock.GetTimestamp();
        if (slot.Processor is { } processor) delivery.CompleteWith(processor.DeliverAsync(batch, _services.Stopping));
        else (slot.Waiting ??= new Queue<LaneDelivery>()).Enqueue(delivery);
    }

    private void StartLoading()
    {
        var count = Math.Min(_toLoad.Count, _services.LoadBatchSize);
        var ids = _toLoad.GetRange(0, count);
        _toLoad.RemoveRange(0, count);
        _loading = true;
        _ = LoadAsync(ids);
    }

    private async Task LoadAsync(List<string> ids)
    {
        try
        {
            Post(new LaneWork.Loaded(ids, await _services.Twins.LoadAsync(ids, _services.Stopping).ConfigureAwait(false), null));
        }
        catch (Exception e)
        {
            Post(new LaneWork.Loaded(ids, null, e));
        }
    }

    private void OnLoaded(LaneWork.Loaded loaded)
    {
        _loading = false;
        Volatile.Write(ref _waitingForTwin, _waitingForTwin - loaded.Ids.Count);
        if (loaded.Twins is null)
        {
            // Transient failures are retried below; what arrives here is shutdown, or a defect that the partition then names.
            foreach (var id in loaded.Ids)
            {
                if (!_slots.Remove(id, out var failed)) continue;
                while (failed.Waiting is { Count: > 0 } waiting) waiting.Dequeue().Completion.SetException(loaded.Error!);
            }

            return;
        }

        Volatile.Write(ref _twins, _twins + loaded.Ids.Count);
        foreach (var id in loaded.Ids)
        {
            var slot = _slots[id];
            slot.Processor = new DeviceProcessor(loaded.Twins[id], _services.Writer, _services.DeadLetters);
            while (slot.Waiting is { Count: > 0 } waiting)
            {
                var delivery = waiting.Dequeue();
                delivery.CompleteWith(slot.Processor.DeliverAsync(delivery.Batch, _services.Stopping));
            }

            slot.Waiting = null;
        }
    }

    private List<PendingSnapshot> TakeSnapshots()
    {
        var snapshots = new List<PendingSnapshot>();
        List<string>? idle = null;
        foreach (var (id, slot) in _slots)
        {
            if (slot.Processor is not { Twin: { } twin } processor) continue;
            if (twin.Changed) snapshots.Add(new PendingSnapshot(twin.TakeSnapshot(), processor.Durable));
            else if (processor.Durable.IsCompletedSuccessfully && _services.Clock.GetElapsedTime(slot.LastUsed) > _services.IdleTimeout) (idle ??= []).Add(id);
        }

        // Unchanged since the last round, so what was kept then is all there is to know.
        foreach (var id in idle ?? []) _slots.Remove(id);
        Volatile.Write(ref _twins, _twins - (idle?.Count ?? 0));
        return snapshots;
    }
}
