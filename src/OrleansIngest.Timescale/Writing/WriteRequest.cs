using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Timescale.Writing;

/// <summary>A device batch that was handed in, and whoever waits for it to be durable.</summary>
internal sealed class WriteRequest(DeviceBatch batch, int rows, long handedIn)
    : TaskCompletionSource<IReadOnlyList<RefusedRecord>>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public DeviceBatch Batch { get; } = batch;

    /// <summary>Rows of all its records.</summary>
    public int Rows { get; } = rows;

    /// <summary>The clock's timestamp at that time.</summary>
    public long HandedIn { get; } = handedIn;
}
