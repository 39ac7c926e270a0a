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
        public override void GiveUp() => Delivery.GiveUp();
    }

    /// <summary>The twins of these devices, or why they could not be loaded.</summary>
    internal sealed record Loaded(List<DeviceSlot> Slots, Dictionary<string, DeviceTwin>? Twins, Exception? Error) : LaneWork;

    /// <summary>A batch came back from the slot's processor.</summary>
    internal sealed record Failed(DeviceSlot Slot, LaneDelivery Delivery, Exception Error) : LaneWork
    {
        public override void GiveUp() => Delivery.GiveUp();
    }

    /// <summary>The device has waited long enough, and nothing of it is handed out any more.</summary>
    internal sealed record Retry(DeviceSlot Slot) : LaneWork;

    /// <summary>What this processor was given when the device was tried again has ended, well where nothing of it came back.</summary>
    internal sealed record Retried(DeviceSlot Slot, DeviceProcessor Processor) : LaneWork;

    internal sealed record TakeSnapshots(TaskCompletionSource<IReadOnlyList<PendingSnapshot>> Completion) : LaneWork
    {
        public override void GiveUp() => Completion.TrySetResult([]);
    }

    internal sealed record SnapshotsLost(IReadOnlyList<PendingSnapshot> Snapshots) : LaneWork;
}

/// <summary>A snapshot that may be kept once everything it covers is durable.</summary>
internal readonly record struct PendingSnapshot(TwinSnapshot Snapshot, Task Durable);
