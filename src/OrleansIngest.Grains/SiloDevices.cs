using OrleansIngest.Grains.Devices;
using OrleansIngest.Grains.Storage;

namespace OrleansIngest.Grains;

/// <summary>How many devices a silo has. A service of the silo.</summary>
public sealed class SiloDevices
{
    private readonly LocalDevices _devices;
    private readonly TwinStorage _storage;

    internal SiloDevices(LocalDevices devices, TwinStorage storage)
    {
        _devices = devices;
        _storage = storage;
    }

    /// <summary>Devices that are fed here.</summary>
    public int Count => _devices.Count;

    /// <summary>Devices whose twins wait to be loaded.</summary>
    public int Loading => _storage.WaitingToLoad;
}
