using Microsoft.Extensions.Logging;
using OrleansIngest.Grains.Hosting;

namespace OrleansIngest.Grains.Devices;

/// <summary>
/// Has the silo's changed twins kept, each once in a <c>StatePersistInterval</c>, by one loop rather than a timer for each
/// device. The devices of an interval are spread over it, so that their snapshots do not come all at once.
/// </summary>
internal sealed class TwinKeeper(LocalDevices devices, IGrainFactory grains, GrainServices services, ILogger<TwinKeeper> logger)
    : Rounds(services.Devices.StatePersistInterval / TurnsOf(services.Devices.StatePersistInterval), services.Clock, logger)
{
    private const int MostTurns = 60;
    private const int AtOnce = 1_000;

    private readonly int _turns = TurnsOf(services.Devices.StatePersistInterval);
    private int _turn;

    /// <inheritdoc />
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        _turn = (_turn + 1) % _turns;
        foreach (var changed in ChangedOfThisTurn().Chunk(AtOnce))
        {
            // What fails the storage has said; those twins stay changed.
            await Task.WhenAll(changed.Select(device => grains.GetGrain<IDeviceUpkeep>(device.DeviceId).KeepAsync()))
                .WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private IEnumerable<LocalDevice> ChangedOfThisTurn()
    {
        foreach (var device in devices.All)
        {
            if (device.Changed && (uint)device.DeviceId.GetHashCode() % (uint)_turns == _turn) yield return device;
        }
    }

    private static int TurnsOf(TimeSpan interval) => (int)Math.Clamp(interval.TotalSeconds, 1, MostTurns);
}
