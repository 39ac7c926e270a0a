using OrleansIngest.Core.Devices;

namespace OrleansIngest.Grains.Storage;

/// <summary>The persistent state of a device grain.</summary>
internal sealed class DeviceState
{
    /// <summary>The device's twin, with its durable rows folded in; one without any record where nothing is known.</summary>
    public DeviceTwin? Twin { get; set; }
}
