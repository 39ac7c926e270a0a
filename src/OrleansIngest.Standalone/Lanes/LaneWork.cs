using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;

namespace OrleansIngest.Standalone.Lanes;

/// <summary>What a lane's loop does, one after the other.</summary>
internal abstract record LaneWork
{
    /// <summary>The lane has ended; whoever waits is told.</summary>
    public virtual void GiveUp()
    {
    }

    internal sealed record Deliver(LaneDelivery Delivery) : LaneWork
    {
        public override void GiveUp() => Delivery.Completion.TrySetException(
            new WriterStoppedException($"The host stopped before a batch of '{Delivery.Batch.StreamKey}' was written; it will be read again."));
    }

    internal sealed record Loaded(List<string> Ids, Dictionary<string, DeviceTwin>? Twins, Exception? Error) : LaneWork;

    internal sealed record TakeSnapshots(TaskCompletionSource<IReadOnlyList<PendingSnapshot>> Completion) : LaneWork
    {
        public override void GiveUp() => Completion.TrySetResult([]);
    }

    internal sealed record SnapshotsLost(IReadOnlyList<PendingSnapshot> Snapshots) : LaneWork;
}

/// <summary>A snapshot that may be kept once everything it covers is durable.</summary>
internal readonly record struct PendingSnapshot(TwinSnapshot Snapshot, Task Durable);
