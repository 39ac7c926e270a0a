using System.Collections.Concurrent;
using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Grains.Devices;

/// <summary>The devices that this silo feeds: as many as it has in memory. Safe for concurrent use.</summary>
internal sealed class LocalDevices(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, LocalDevice> _devices = new();

    /// <summary>How many there are.</summary>
    public int Count => _devices.Count;

    /// <summary>All of them, while others may come and go.</summary>
    public IEnumerable<LocalDevice> All
    {
        get
        {
            foreach (var (_, device) in _devices) yield return device;
        }
    }

    /// <summary>Adds a device with its first delivery.</summary>
    public LocalDevice Add(DeviceTwin twin, RecordFormat format) =>
        _devices[twin.DeviceId] = new LocalDevice(twin, format, clock.GetTimestamp());

    /// <summary>Takes a device out, unless it has come anew already.</summary>
    public void Remove(LocalDevice device) => _devices.TryRemove(new(device.DeviceId, device));
}
