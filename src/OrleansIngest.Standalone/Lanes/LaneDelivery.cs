using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Standalone.Lanes;

/// <summary>A batch on its way through a lane, and who waits for it.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Completion">Who waits.</param>
/// <param name="Number">Its place among the lane's deliveries.</param>
internal readonly record struct LaneDelivery(DeviceBatch Batch, TaskCompletionSource Completion, long Number = 0)
{
    /// <summary>Tells the one who waits that the host stops.</summary>
    public void GiveUp() => Completion.TrySetException(
        new WriterStoppedException($"The host stopped before a batch of '{Batch.StreamKey}' was written; it will be read again."));
}
