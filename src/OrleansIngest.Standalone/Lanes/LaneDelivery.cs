using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Standalone.Lanes;

/// <summary>A batch on its way through a lane, and who waits for it.</summary>
internal readonly record struct LaneDelivery(DeviceBatch Batch, TaskCompletionSource Completion)
{
    /// <summary>Tells the one who waits how the delivery ended.</summary>
    public async void CompleteWith(Task delivery)
    {
        try
        {
            await delivery.ConfigureAwait(false);
            Completion.SetResult();
        }
        catch (Exception e)
        {
            Completion.SetException(e);
        }
    }
}
