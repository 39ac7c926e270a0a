using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Standalone.Lanes;

/// <summary>The standalone host's devices: each hashes to one of N lanes.</summary>
internal sealed class DeviceLanes : IDeviceDelivery, IAsyncDisposable
{
    private readonly DeviceLane[] _lanes;

    public DeviceLanes(int count, LaneServices services)
    {
        _lanes = new DeviceLane[count];
        for (var i = 0; i < count; i++) _lanes[i] = new DeviceLane(services);
    }

    /// <summary>Twins in memory.</summary>
    public int Twins => _lanes.Sum(l => l.Twins);

    /// <summary>Devices whose twins are being loaded.</summary>
    public int Loading => _lanes.Sum(l => l.Loading);

    /// <inheritdoc />
    public Task DeliverAsync(DeviceBatch batch) =>
        _lanes[(uint)batch.StreamKey.GetHashCode() % (uint)_lanes.Length].DeliverAsync(batch);

    /// <summary>The lanes, for the keeper of snapshots.</summary>
    public IReadOnlyList<DeviceLane> All => _lanes;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes) await lane.DisposeAsync();
    }
}
