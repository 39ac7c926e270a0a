using Orleans.Dashboard;
using Orleans.Placement;
using Orleans.Runtime;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;
using OrleansIngest.Grains.Hosting;
using OrleansIngest.Grains.Storage;
using OrleansIngest.Grains.Streams;

namespace OrleansIngest.Grains.Devices;

/// <summary>
/// The shell around a device's twin. It lives on the silo that reads its partition: its batches go to it by reference, and
/// its rows to that silo's writer. Placed as Orleans does by default, two of three devices on three silos would have each
/// batch serialized.
/// </summary>
[GrainType("device")]
[ImplicitStreamSubscription(DeviceStreams.Devices)]
[PreferLocalPlacement, Immovable, NoProfiling]
internal sealed class DeviceGrain(
    [PersistentState("twin", TwinStorage.Name)] IPersistentState<DeviceState> state,
    GrainServices services,
    IRowWriter writer,
    LocalDevices local,
    SiloStopping stopping,
    DeliveryFailures failures)
    : BatchGrain(services, writer, stopping, failures), IDeviceGrain, IDeviceUpkeep
{
    private LocalDevice? _local;
    private Task _keeping = Task.CompletedTask;

    /// <inheritdoc />
    protected override DeviceTwin Twin => state.State.Twin!;

    /// <inheritdoc />
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_local is not null) local.Remove(_local);
        await base.OnDeactivateAsync(reason, cancellationToken);
        // The storage has said what went wrong; durable rows make up for it.
        await KeepTwinAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <inheritdoc />
    public Task<DeviceView?> GetAsync()
    {
        LeaveUnlessFed();
        return Task.FromResult(Twin.LastSeenMicros is null ? null : DeviceViews.Of(Twin, IsDurable));
    }

    /// <inheritdoc />
    public Task KeepAsync()
    {
        LeaveUnlessFed();
        return KeepTwinAsync();
    }

    /// <inheritdoc />
    protected override void OnDelivered(DeviceBatch batch, bool again)
    {
        _local ??= local.Add(Twin, batch.Format);
        _local.Touch(Clock.GetTimestamp());
        if (!again) _local.Arrived(batch);
    }

    /// <inheritdoc />
    protected override void OnStored(DeviceBatch batch) => _local?.Stored(batch.Records.Count);

    private async Task KeepTwinAsync()
    {
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (!Twin.Changed || !IsDurable) return;
        await (_keeping = state.WriteStateAsync());
    }

    // Where a device is asked for is not where its records come in: the first delivery decides where it lives.
    private void LeaveUnlessFed()
    {
        if (!IsFed) DeactivateOnIdle();
    }
}
