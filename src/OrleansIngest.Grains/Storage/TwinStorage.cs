using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansIngest.Core.Devices;
using OrleansIngest.Grains.Devices;
using OrleansIngest.Grains.Hosting;

namespace OrleansIngest.Grains.Storage;

/// <summary>
/// Grain storage of device twins over the table <c>device_state</c>, which the standalone host uses too. However many
/// grains come up or are kept at a time, they share a few queries. An outage of the database only delays; the twin store
/// logs it, once.
/// </summary>
internal sealed class TwinStorage : IGrainStorage
{
    /// <summary>Name of the storage provider.</summary>
    public const string Name = "devices";

    // Deliveries are bounded by the bytes in flight; this bounds what others ask for while the database is away.
    private const int MostWaiting = 100_000;
    private const int SnapshotsPerStatement = 1_000;

    private readonly Batcher<string, DeviceTwin> _loads;
    private readonly Batcher<TwinSnapshot, bool> _saves;

    public TwinStorage(GrainServices services, SiloStopping stopping, ILoggerFactory loggers)
    {
        // Not this class's own category: Orleans logs under it what callers of a storage see fail, grain by grain.
        var logger = loggers.CreateLogger(typeof(TwinKeeper));
        _loads = new Batcher<string, DeviceTwin>(
            services.Devices.LoadBatchSize, MostWaiting, static id => id,
            async ids =>
            {
                var twins = await services.Twins.LoadAsync(ids, stopping.Given);
                return id => twins[id];
            });
        _saves = new Batcher<TwinSnapshot, bool>(
            SnapshotsPerStatement, MostWaiting, static snapshot => snapshot.DeviceId,
            async snapshots =>
            {
                try
                {
                    await services.TwinStore.SaveAsync(snapshots, stopping.Ended);
                }
                catch (Exception e)
                {
                    Log.TwinsNotKept(logger, snapshots.Count, e);
                    throw;
                }

                return static _ => true;
            });
    }

    /// <summary>Devices whose twins wait to be loaded.</summary>
    public int WaitingToLoad => _loads.Count;

    /// <inheritdoc />
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = Checked(grainState);
        state.State.Twin = await _loads.RunAsync(grainId.Key.ToString()!);
        state.RecordExists = state.State.Twin.LastSeenMicros is not null;
    }

    /// <inheritdoc />
    /// <remarks>To be called where everything that the twin has applied is stored.</remarks>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = Checked(grainState);
        var twin = state.State.Twin ?? throw new InvalidOperationException($"The state of {grainId} was not read before it is written.");
        var snapshot = twin.TakeSnapshot();
        try
        {
            await _saves.RunAsync(snapshot);
        }
        catch
        {
            twin.MarkChanged();
            throw;
        }

        state.RecordExists = true;
    }

    /// <inheritdoc />
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        throw new NotSupportedException("Devices are not forgotten: their rows would bring them back.");

    private static IGrainState<DeviceState> Checked<T>(IGrainState<T> state) =>
        state as IGrainState<DeviceState>
        ?? throw new NotSupportedException($"The storage '{Name}' keeps the twins of devices, not {typeof(T)}; use another storage for it.");
}
