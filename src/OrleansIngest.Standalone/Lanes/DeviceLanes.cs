using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Standalone.Lanes;

/// <summary>The standalone host's devices: each hashes to one of N lanes.</summary>
internal sealed class DeviceLanes : IDeviceDelivery, IAsyncDisposable
{
    private const int MostNamed = 5;

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

    /// <summary>Devices that fail by a defect and are tried again.</summary>
    public int Failing => _lanes.Sum(l => l.Failing);

    /// <summary>How often devices have failed by a defect.</summary>
    public long Failures => _lanes.Sum(l => l.Failures);

    /// <summary>Records of failing devices that wait until these are tried again.</summary>
    public long HeldRecords => _lanes.Sum(l => l.HeldRecords);

    /// <summary>What keeps the lanes from being ready, in words; null where nothing does.</summary>
    public string? Problem
    {
        get
        {
            var failing = Failing;
            if (failing == 0) return null;
            var named = _lanes.SelectMany(l => l.FirstFailing).Take(MostNamed).ToList();
            var names = string.Join(", ", named.Select(n => $"'{n}'")) + (failing > named.Count ? ", …" : "");
            return $"{failing} {(failing == 1 ? "fails" : "fail")} by a defect: {names} ({Failures} failures since the start). Their records wait, uncommitted, and are tried again while other devices go on. The log has causes";
        }
    }

    /// <summary>Completes when a lane has ended: before disposal only by a defect.</summary>
    public Task Ended => Task.WhenAny(_lanes.Select(l => l.Completion)).Unwrap();

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
