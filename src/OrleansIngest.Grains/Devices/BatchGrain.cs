using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Orleans.Streams;
using Orleans.Streams.Core;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;
using OrleansIngest.Grains.Hosting;
using OrleansIngest.Streaming.Kafka;

namespace OrleansIngest.Grains.Devices;

/// <summary>Takes the batches of one stream, and has taken one when its rows are stored.</summary>
internal abstract class BatchGrain(GrainServices services, IRowWriter writer, SiloStopping stopping, DeliveryFailures failures)
    : Grain, IGrainWithStringKey, IStreamSubscriptionObserver, IAsyncBatchObserver<DeviceBatch>
{
    // A device may come through partitions of several silos; one that only comes from elsewhere is to live there.
    private const int MostFromElsewhere = 3;

    private readonly PendingBatches _pending = new();
    private DeviceProcessor? _processor;
    private bool _failing;
    private int _fromElsewhere;

    /// <summary>The twin that batches are applied to; null where there is none.</summary>
    protected abstract DeviceTwin? Twin { get; }

    /// <summary>The clock.</summary>
    protected TimeProvider Clock => services.Clock;

    /// <summary>Whether it has been delivered to.</summary>
    protected bool IsFed => _processor is not null || _pending.Count > 0;

    /// <summary>Whether everything that was delivered is stored.</summary>
    protected bool IsDurable => _pending.Count == 0 && _processor is null or { Durable.IsCompletedSuccessfully: true };

    /// <inheritdoc />
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        EndFailing();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<DeviceBatch>().ResumeAsync(this);

    /// <inheritdoc />
    /// <exception cref="TimeoutException">The rows are not stored yet; delivered again, the batches are awaited again.</exception>
    /// <exception cref="OperationCanceledException">The silo is stopping; the batches will be read again.</exception>
    public async Task OnNextAsync(IList<SequentialItem<DeviceBatch>> items)
    {
        var deliveries = new Task[items.Count];
        for (var i = 0; i < items.Count; i++) deliveries[i] = Deliver(items[i].Item);
        try
        {
            await Task.WhenAll(deliveries).WaitAsync(services.DeliveryPatience, services.Clock, stopping.Given);
            EndFailing();
        }
        catch (Exception e) when (Array.Exists(deliveries, static d => d.IsFaulted) && !stopping.Given.IsCancellationRequested)
        {
            // Not where rows only wait to be stored: who stores them has said why.
            failures.Add(items[0].Item, e, isFirst: !_failing);
            _failing = true;
            throw;
        }
        finally
        {
            for (var i = 0; i < items.Count; i++) End(items[i].Item, deliveries[i]);
        }

        FollowPartition();
    }

    /// <inheritdoc />
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    /// <summary>A batch came, or came again and is under way already.</summary>
    protected virtual void OnDelivered(DeviceBatch batch, bool again)
    {
    }

    /// <summary>A batch is stored.</summary>
    protected virtual void OnStored(DeviceBatch batch)
    {
    }

    private Task Deliver(DeviceBatch batch)
    {
        var underWay = _pending.Find(batch);
        OnDelivered(batch, underWay is not null);
        return underWay ?? (_processor ??= new DeviceProcessor(Twin, writer, services.DeadLetters)).DeliverAsync(batch, stopping.Given);
    }

    private void End(DeviceBatch batch, Task delivery)
    {
        if (delivery.IsCompletedSuccessfully)
        {
            _pending.Stored(batch);
            OnStored(batch);
            services.Latency.RecordSince(batch, services.Clock);
            return;
        }

        _pending.Keep(batch, delivery);
        // A processor ends with its first failure. The twin has taken the batch and its mark covers it: when it comes
        // again, only its rows are handed in again.
        if (delivery.IsCompleted) _processor = null;
    }

    // Partitions move when silos come and go. The twin goes along where everything that it has taken is stored.
    private void FollowPartition()
    {
        // Not every delivery tells.
        if (RequestContext.Get(KafkaBatchContainer.SiloKey) is not SiloAddress reader) return;
        if (reader.Equals(GrainContext.Address.SiloAddress))
        {
            _fromElsewhere = 0;
        }
        else if (++_fromElsewhere >= MostFromElsewhere && IsDurable)
        {
            RequestContext.Set(IPlacementDirector.PlacementHintKey, reader);
            MigrateOnIdle();
        }
    }

    private void EndFailing()
    {
        if (_failing) failures.End();
        _failing = false;
    }
}
