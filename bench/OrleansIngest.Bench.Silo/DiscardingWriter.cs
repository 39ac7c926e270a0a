using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Bench.Silo;

/// <summary>Takes rows and forgets them at once: what is left is the cost of everything before the database.</summary>
internal sealed class DiscardingWriter : IRowWriter
{
    private static readonly Task<IReadOnlyList<RefusedRecord>> Done = Task.FromResult<IReadOnlyList<RefusedRecord>>([]);

    /// <inheritdoc />
    public Task<IReadOnlyList<RefusedRecord>> WriteAsync(DeviceBatch batch) => Done;
}
