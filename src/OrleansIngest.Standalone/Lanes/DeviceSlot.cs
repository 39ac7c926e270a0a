using OrleansIngest.Core.Devices;

namespace OrleansIngest.Standalone.Lanes;

/// <summary>What a lane has of a device, or of the events of a partition, which have no device and no twin.</summary>
internal sealed class DeviceSlot(SlotKey key)
{
    /// <summary>Whose it is.</summary>
    public SlotKey Key { get; } = key;

    /// <summary>Null while it is being loaded, and for events.</summary>
    public DeviceTwin? Twin { get; set; }

    /// <summary>What batches are handed to; null while the twin is being loaded or the device waits to be tried again.</summary>
    public DeviceProcessor? Processor { get; set; }

    /// <summary>Batches that wait for the processor, in the order they came; null where none does.</summary>
    public Queue<LaneDelivery>? Waiting { get; set; }

    /// <summary>Completes when everything handed to a processor so far was told to be done or came back to the lane. Never faults.</summary>
    public Task Settled { get; set; } = Task.CompletedTask;

    /// <summary>Null unless the device fails.</summary>
    public DeviceOutage? Outage { get; set; }

    /// <summary>When the device last took a batch, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long LastUsed { get; set; }
}

/// <summary>Tells devices from the events of a partition: an id may read like <c>topic/partition</c>.</summary>
/// <param name="StreamKey">The batches' stream key.</param>
/// <param name="IsEvents">Whether they are events.</param>
internal readonly record struct SlotKey(string StreamKey, bool IsEvents);
