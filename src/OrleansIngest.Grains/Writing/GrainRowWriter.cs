using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Grains.Writing;

/// <summary>Hands rows to the silo's writer grain.</summary>
internal sealed class GrainRowWriter(IGrainFactory grains) : IRowWriter
{
    private readonly IWriterGrain _writer = grains.GetGrain<IWriterGrain>(0);

    /// <inheritdoc />
    public async Task<IReadOnlyList<RefusedRecord>> WriteAsync(DeviceBatch batch) =>
        await _writer.WriteAsync(batch).ConfigureAwait(false) ?? [];
}
