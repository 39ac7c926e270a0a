namespace OrleansIngest.Core.Delivery;

/// <summary>Brings a batch to the one actor that owns its device: a lane of the standalone host, or a grain.</summary>
public interface IDeviceDelivery
{
    /// <summary>Completes when every record of the batch is durable, as rows or as dead letter. Batches of one stream key are applied in the order of the calls. Must not block.</summary>
    /// <exception cref="WriterStoppedException">The host is stopping; the batch will be read again.</exception>
    Task DeliverAsync(DeviceBatch batch);
}
