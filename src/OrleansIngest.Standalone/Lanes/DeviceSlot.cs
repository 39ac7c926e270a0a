using OrleansIngest.Core.Devices;

namespace OrleansIngest.Standalone.Lanes;

/// <summary>A device of a lane: its processor once its twin is loaded, until then the batches that wait for it.</summary>
internal sealed class DeviceSlot
{
    /// <summary>Null while the twin is being loaded.</summary>
    public DeviceProcessor? Processor { get; set; }

    /// <summary>Batches that wait for the twin, in the order they came; null where none does.</summary>
    public Queue<LaneDelivery>? Waiting { get; set; }

    /// <summary>When the device last took a batch, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long LastUsed { get; set; }
}
