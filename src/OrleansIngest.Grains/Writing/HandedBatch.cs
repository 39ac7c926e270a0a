using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Grains.Writing;

/// <summary>
/// A batch on its way to the silo's writer, and who waits for it. It goes by reference, within the silo alone
/// (<see cref="HandedBatchCodec"/>).
/// </summary>
internal sealed class HandedBatch(DeviceBatch batch)
    : TaskCompletionSource<IReadOnlyList<RefusedRecord>>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>What is to be stored.</summary>
    public DeviceBatch Batch { get; } = batch;

    /// <summary>Tells the one who waits how writing ended.</summary>
    public async void CompleteWith(Task<IReadOnlyList<RefusedRecord>> writing)
    {
        try
        {
            TrySetResult(await writing.ConfigureAwait(false));
        }
        catch (OperationCanceledException e)
        {
            TrySetCanceled(e.CancellationToken);
        }
        catch (Exception e)
        {
            TrySetException(e);
        }
    }
}
