using OrleansIngest.Core.Devices;
using OrleansIngest.Grains.Storage;

namespace OrleansIngest.Grains.Serialization;

/// <summary>A twin on its way to another silo, as its snapshot.</summary>
[GenerateSerializer, Immutable, Alias("OrleansIngest.DeviceState")]
internal struct DeviceStateSurrogate
{
    [Id(0)] public string? DeviceId;
    [Id(1)] public ReadOnlyMemory<byte> Snapshot;
    [Id(2)] public long LastSeenMicros;
}

[RegisterConverter]
internal sealed class DeviceStateConverter : IConverter<DeviceState, DeviceStateSurrogate>
{
    public DeviceState ConvertFromSurrogate(in DeviceStateSurrogate surrogate)
    {
        if (surrogate.DeviceId is null) return new DeviceState();
        var twin = DeviceTwin.FromSnapshot(new TwinSnapshot(surrogate.DeviceId, surrogate.Snapshot, surrogate.LastSeenMicros));
        // Whether it was kept before it left is not known here.
        twin.MarkChanged();
        return new DeviceState { Twin = twin };
    }

    public DeviceStateSurrogate ConvertToSurrogate(in DeviceState value)
    {
        if (value.Twin?.TakeSnapshot() is not { } snapshot) return default;
        return new DeviceStateSurrogate { DeviceId = snapshot.DeviceId, Snapshot = snapshot.State, LastSeenMicros = snapshot.LastSeenMicros };
    }
}
