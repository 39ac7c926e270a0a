using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Standalone.Lanes;

/// <summary>
/// Owns a share of the devices. One loop does everything that touches their twins, so they need no lock; loading twins
/// and writing rows go on beside it. Its queue is bounded by the bytes that partitions may have in flight. A device that
/// fails by a defect is tried again, later and later, while the others go on.
/// </summary>
internal sealed class DeviceLane : IAsyncDisposable
{
    // A defect may strike every device at once; a few lines tell as much as thousands.
    private const int MostTold = 10;
    private const int MostNamed = 3;

    private readonly LaneServices _services;
    private readonly Channel<LaneWork> _work = Channel.CreateUnbounded<LaneWork>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<SlotKey, DeviceSlot> _slots = [];
    private readonly List<DeviceSlot> _toLoad = [];
    private readonly Queue<List<DeviceSlot>> _toLoadAgain = new();
    private readonly LinkedList<string> _failingKeys = [];
    private readonly Task _loop;
    private bool _loading;
    private long _number;
    private int _twins;
    private int _waitingForTwin;
    private int _failing;
    private string[] _firstFailing = [];
    private long _failures;
    private long _heldRecords;

    public DeviceLane(LaneServices services)
    {
        _services = services;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Twins in memory.</summary>
    public int Twins => Volatile.Read(ref _twins);

    /// <summary>Devices whose twins are being loaded.</summary>
    public int Loading => Volatile.Read(ref _waitingForTwin);

    /// <summary>Devices that fail by a defect and are tried again.</summary>
    public int Failing => Volatile.Read(ref _failing);

    /// <summary>Those among them that have failed longest, at most three.</summary>
    public IReadOnlyList<string> FirstFailing => Volatile.Read(ref _firstFailing);

    /// <summary>How often devices have failed by a defect.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Records of failing devices that wait until these are tried again.</summary>
    public long HeldRecords => Interlocked.Read(ref _heldRecords);

    /// <summary>Completes when the lane has ended: by an error only where it has a defect itself.</summary>
    public Task Completion => _loop;

    /// <summary>Queues a batch for its device.</summary>
    public Task DeliverAsync(DeviceBatch batch)
    {
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new LaneWork.Deliver(new LaneDelivery(batch, completion)));
        return completion.Task;
    }

    /// <summary>Snapshots of the twins that changed and what they hold is durable; idle ones leave memory once they are kept.</summary>
    public async Task<IReadOnlyList<PendingSnapshot>> TakeSnapshotsAsync(CancellationToken cancellationToken)
    {
        var completion = new TaskCompletionSource<IReadOnlyList<PendingSnapshot>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var cancelled = cancellationToken.Register(() => completion.TrySetCanceled(cancellationToken));
        Post(new LaneWork.TakeSnapshots(completion));
        return await completion.Task;
    }

    /// <summary>The save of these snapshots failed: they are taken again next time.</summary>
    public void SnapshotsLost(IReadOnlyList<PendingSnapshot> snapshots) => Post(new LaneWork.SnapshotsLost(snapshots));

    /// <summary>Ends the loop; what still waits, for its twin or to be tried again, is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        // How it ended is told by its completion.
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Post(LaneWork work)
    {
        if (!_work.Writer.TryWrite(work)) work.GiveUp();
    }

    private async Task RunAsync()
    {
        var reader = _work.Reader;
        LaneWork? work = null;
        try
        {
            while (await reader.WaitToReadAsync().ConfigureAwait(false))
            {
                while (reader.TryRead(out work)) Do(work);
                if (!_loading) StartLoading();
            }
        }
        finally
        {
            // However the loop ends, nobody waits for it any longer: by a defect it may do so in the middle of its work.
            _work.Writer.TryComplete();
            work?.GiveUp();
            while (reader.TryRead(out var queued)) queued.GiveUp();
            foreach (var slot in _slots.Values)
            {
                var left = slot.Outage?.TakeAll(slot.Waiting) ?? slot.Waiting;
                while (left is { Count: > 0 }) left.Dequeue().GiveUp();
            }
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
            case LaneWork.Failed(var slot, var delivery, var error):
                OnFailed(slot, delivery, error);
                break;
            case LaneWork.Retry(var slot):
                Retry(slot);
                break;
            case LaneWork.Retried(var slot, var processor):
                if (slot.Processor == processor) EndOutage(slot);
                break;
            case LaneWork.TakeSnapshots(var completion):
                if (completion.Task.IsCompleted) break;
                var taken = TakeSnapshots();
                // Who asked may have stopped waiting just now.
                if (!completion.TrySetResult(taken)) MarkChanged(taken);
                break;
            case LaneWork.SnapshotsLost(var snapshots):
                MarkChanged(snapshots);
                break;
        }
    }

    private void MarkChanged(IReadOnlyList<PendingSnapshot> snapshots)
    {
        foreach (var lost in snapshots)
        {
            if (_slots.TryGetValue(new SlotKey(lost.Snapshot.DeviceId, false), out var slot)) slot.Twin?.MarkChanged();
        }
    }

    private void Deliver(LaneDelivery delivery)
    {
        var batch = delivery.Batch;
        var key = new SlotKey(batch.StreamKey, batch.Format == RecordFormat.Event);
        if (!_slots.TryGetValue(key, out var slot))
        {
            _slots[key] = slot = new DeviceSlot(key);
            if (key.IsEvents) Begin(slot);
            else Load(slot);
        }

        slot.LastUsed = _services.Clock.GetTimestamp();
        delivery = delivery with { Number = _number++ };
        if (slot.Processor is not null)
        {
            Hand(slot, delivery);
            return;
        }

        (slot.Waiting ??= new Queue<LaneDelivery>()).Enqueue(delivery);
        if (slot.Outage is { } outage) Hold(outage, batch.Records.Count);
    }

    private void Load(DeviceSlot slot)
    {
        _toLoad.Add(slot);
        Volatile.Write(ref _waitingForTwin, _waitingForTwin + 1);
    }

    private void StartLoading()
    {
        if (!_toLoadAgain.TryDequeue(out var slots))
        {
            if (_toLoad.Count == 0) return;
            var count = Math.Min(_toLoad.Count, _services.LoadBatchSize);
            slots = _toLoad.GetRange(0, count);
            _toLoad.RemoveRange(0, count);
        }

        _loading = true;
        _ = LoadAsync(slots);
    }

    private async Task LoadAsync(List<DeviceSlot> slots)
    {
        try
        {
            var ids = slots.ConvertAll(s => s.Key.StreamKey);
            Post(new LaneWork.Loaded(slots, await _services.Twins.LoadAsync(ids, _services.Stopping).ConfigureAwait(false), null));
        }
        catch (Exception e)
        {
            Post(new LaneWork.Loaded(slots, null, e));
        }
    }

    private void OnLoaded(LaneWork.Loaded loaded)
    {
        _loading = false;
        if (loaded.Twins is null && _services.Stopping.IsCancellationRequested) return;
        var slots = loaded.Slots;
        // Outages of the database are waited for where it is asked, so what fails otherwise is a defect of one device.
        if (loaded.Twins is null && slots.Count > 1)
        {
            _toLoadAgain.Enqueue(slots[..(slots.Count / 2)]);
            _toLoadAgain.Enqueue(slots[(slots.Count / 2)..]);
            return;
        }

        Volatile.Write(ref _waitingForTwin, _waitingForTwin - slots.Count);
        if (loaded.Twins is null)
        {
            BackOff(slots[0], loaded.Error!);
            return;
        }

        Volatile.Write(ref _twins, _twins + slots.Count);
        foreach (var slot in slots)
        {
            slot.Twin = loaded.Twins[slot.Key.StreamKey];
            Begin(slot);
        }
    }

    // A processor ends with its first failure, so a device that is tried again gets another one. Its twin stays: it has
    // taken what came back, so by its marks only the rows are handed in again.
    private void Begin(DeviceSlot slot)
    {
        slot.Processor = new DeviceProcessor(slot.Twin, _services.Writer, _services.DeadLetters);
        while (slot.Waiting is { Count: > 0 } waiting) Hand(slot, waiting.Dequeue());
        slot.Waiting = null;
        if (slot.Outage is not { } outage) return;
        Hold(outage, -outage.HeldRecords);
        _ = TellRetriedAsync(slot, slot.Processor, slot.Settled);
    }

    private void Hand(DeviceSlot slot, LaneDelivery delivery) =>
        slot.Settled = SettleAsync(slot.Settled, slot, delivery, slot.Processor!.DeliverAsync(delivery.Batch, _services.Stopping));

    private async Task SettleAsync(Task before, DeviceSlot slot, LaneDelivery delivery, Task delivered)
    {
        try
        {
            await delivered.ConfigureAwait(false);
            delivery.Completion.TrySetResult();
        }
        catch (WriterStoppedException e)
        {
            delivery.Completion.TrySetException(e);
        }
        catch (Exception) when (_services.Stopping.IsCancellationRequested)
        {
            delivery.GiveUp();
        }
        catch (Exception e)
        {
            Post(new LaneWork.Failed(slot, delivery, e));
        }

        await before.ConfigureAwait(false);
    }

    private void OnFailed(DeviceSlot slot, LaneDelivery delivery, Exception error)
    {
        // Those that were handed out after the first that failed follow it.
        if (slot.Processor is not null)
        {
            slot.Processor = null;
            BackOff(slot, error);
        }

        slot.Outage!.Return(delivery);
        Hold(slot.Outage, delivery.Batch.Records.Count);
    }

    private void BackOff(DeviceSlot slot, Exception error)
    {
        Interlocked.Increment(ref _failures);
        if (slot.Outage is not { } outage)
        {
            slot.Outage = outage = new DeviceOutage(
                _failingKeys.AddLast(slot.Key.StreamKey), _services.Clock.GetTimestamp(), _failing < MostTold);
            CountFailing();
            if (slot.Waiting is { } waiting) Hold(outage, waiting.Sum(w => w.Batch.Records.Count));
            Log.DeviceFails(_services.Logger, outage.IsTold ? LogLevel.Error : LogLevel.Debug, slot.Key.StreamKey, error);
        }

        _ = RetryLaterAsync(slot, slot.Settled, outage.Failed());
    }

    private async Task RetryLaterAsync(DeviceSlot slot, Task settled, TimeSpan delay)
    {
        try
        {
            await Task.WhenAll(settled, Task.Delay(delay, _services.Clock, _services.Stopping)).ConfigureAwait(false);
            Post(new LaneWork.Retry(slot));
        }
        catch (OperationCanceledException)
        {
            // Stopping: what waits is given up with the lane.
        }
    }

    private void Retry(DeviceSlot slot)
    {
        slot.Waiting = slot.Outage!.TakeAll(slot.Waiting);
        if (slot.Twin is not null || slot.Key.IsEvents)
        {
            Begin(slot);
            return;
        }

        // Not among others, which it would hold up.
        _toLoadAgain.Enqueue([slot]);
        Volatile.Write(ref _waitingForTwin, _waitingForTwin + 1);
    }

    private async Task TellRetriedAsync(DeviceSlot slot, DeviceProcessor processor, Task settled)
    {
        await settled.ConfigureAwait(false);
        Post(new LaneWork.Retried(slot, processor));
    }

    private void EndOutage(DeviceSlot slot)
    {
        var outage = slot.Outage!;
        slot.Outage = null;
        _failingKeys.Remove(outage.Place);
        CountFailing();
        Log.DeviceWorks(
            _services.Logger, outage.IsTold ? LogLevel.Information : LogLevel.Debug, slot.Key.StreamKey,
            _services.Clock.GetElapsedTime(outage.Since), outage.Failures);
    }

    private void CountFailing()
    {
        Volatile.Write(ref _firstFailing, [.. _failingKeys.Take(MostNamed)]);
        Volatile.Write(ref _failing, _failingKeys.Count);
    }

    private void Hold(DeviceOutage outage, int records)
    {
        outage.HeldRecords += records;
        Interlocked.Add(ref _heldRecords, records);
    }

    private List<PendingSnapshot> TakeSnapshots()
    {
        var snapshots = new List<PendingSnapshot>();
        List<SlotKey>? idle = null;
        foreach (var (key, slot) in _slots)
        {
            if (slot is not { Twin: { } twin, Processor: { } processor }) continue;
            if (twin.Changed) snapshots.Add(new PendingSnapshot(twin.TakeSnapshot(), processor.Durable));
            else if (processor.Durable.IsCompletedSuccessfully && slot.Outage is null && _services.Clock.GetElapsedTime(slot.LastUsed) > _services.IdleTimeout) (idle ??= []).Add(key);
        }

        // Unchanged since the last round, so what was kept then is all there is to know.
        foreach (var key in idle ?? []) _slots.Remove(key);
        Volatile.Write(ref _twins, _twins - (idle?.Count ?? 0));
        return snapshots;
    }
}
