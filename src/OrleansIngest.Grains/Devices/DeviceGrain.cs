using Orleans.Dashboard;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;
using OrleansIngest.Core.Records;
using OrleansIngest.Grains.Hosting;
using OrleansIngest.Grains.Storage;
using OrleansIngest.Grains.Streams;

namespace OrleansIngest.Grains.Devices;

/// <summary>
/// The shell around a device's twin. Takes what its partition's reader delivers, and has taken it when the rows are
/// stored. It lives on the silo that reads its partition. The events of a partition, which have no device, pass through
/// a grain of this class too, keyed <c>topic/partition</c>, without touching a twin.
/// </summary>
[GrainType("device")]
[ImplicitStreamSubscription(DeviceStreams.Namespace)]
[PreferLocalPlacement, Immovable, NoProfiling]
internal sealed class DeviceGrain(
    [PersistentState("twin", TwinStorage.Name)] IPersistentState<DeviceState> state,
    GrainServices services,
    IRowWriter writer,
    LocalDevices local,
    SiloStopping stopping)
    : Grain, IDeviceGrain, IDeviceUpkeep, IStreamSubscriptionObserver, IAsyncBatchObserver<DeviceBatch>
{
    private readonly PendingBatches _pending = new();
    private DeviceTwin _twin = null!;
    private DeviceProcessor? _device;
    private DeviceProcessor? _events;
    private LocalDevice? _local;
    private Task _keeping = Task.CompletedTask;

    private bool IsDurable => _pending.Count == 0 && (_device is null || _device.Durable.IsCompletedSuccessfully);

    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _twin = state.State.Twin!;
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_local is not null) local.Remove(_local);
        // The storage has said what went wrong; durable rows make up for it.
        await KeepTwinAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <inheritdoc />
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<DeviceBatch>().ResumeAsync(this);

    /// <inheritdoc />
    /// <exception cref="TimeoutException">The rows are not stored yet; delivered again, the batches are awaited again.</exception>
    /// <exception cref="OperationCanceledException">The silo is stopping; the batches will be read again.</exception>
    public async Task OnNextAsync(IList<SequentialItem<DeviceBatch>> items)
    {
        var deliveries = new Task[items.Count];
        for (var i = 0; i < items.Count; i++) deliveries[i] = _pending.Find(items[i].Item) ?? Begin(items[i].Item);
        _local?.Touch(services.Clock.GetTimestamp());
        try
        {
            await Task.WhenAll(deliveries).WaitAsync(services.DeliveryPatience, services.Clock, stopping.Given);
        }
        finally
        {
            for (var i = 0; i < items.Count; i++) End(items[i].Item, deliveries[i]);
        }
    }

    /// <inheritdoc />
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    /// <inheritdoc />
    public Task<DeviceView?> GetAsync()
    {
        LeaveUnlessFed();
        return Task.FromResult(_twin.LastSeenMicros is null ? null : DeviceViews.Of(_twin, IsDurable));
    }

    /// <inheritdoc />
    public Task KeepAsync()
    {
        LeaveUnlessFed();
        return KeepTwinAsync();
    }

    private async Task KeepTwinAsync()
    {
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (!_twin.Changed || !IsDurable) return;
        await (_keeping = state.WriteStateAsync());
    }

    private Task Begin(DeviceBatch batch)
    {
        if (batch.Format == RecordFormat.Event)
        {
            return (_events ??= new DeviceProcessor(null, writer, services.DeadLetters)).DeliverAsync(batch, stopping.Given);
        }

        (_local ??= local.Add(_twin, batch.Format)).Arrived(batch);
        return (_device ??= new DeviceProcessor(_twin, writer, services.DeadLetters)).DeliverAsync(batch, stopping.Given);
    }

    private void End(DeviceBatch batch, Task delivery)
    {
        if (delivery.IsCompletedSuccessfully)
        {
            _pending.Stored(batch);
            _local?.Stored(batch.Records.Count);
            services.Latency.RecordSince(batch, services.Clock);
            return;
        }

        _pending.Keep(batch, delivery);
        if (!delivery.IsCompleted) return;
        // A processor ends with its first failure. The twin has taken the batch and its mark covers it: when it comes
        // again, only its rows are handed in again.
        if (batch.Format == RecordFormat.Event) _events = null;
        else _device = null;
    }

    // Where a device is asked for is not where its records come in: the first delivery decides where it lives.
    private void LeaveUnlessFed()
    {
        if (_device is null && _events is null && _pending.Count == 0) DeactivateOnIdle();
    }
}
