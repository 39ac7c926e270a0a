using OrleansIngest.Core.Delivery;
using OrleansIngest.Grains.Hosting;

namespace OrleansIngest.Grains.Writing;

/// <summary>
/// Hands rows to the silo's writer grain. A silo that stops takes that grain down together with those of its devices, whose
/// last rows would wait for it in vain: they go straight to where it would bring them.
/// </summary>
internal sealed class GrainRowWriter(IGrainFactory grains, GrainServices services, SiloStopping stopping) : IRowWriter
{
    private readonly IWriterGrain _writer = grains.GetGrain<IWriterGrain>(0);

    /// <inheritdoc />
    public async Task<IReadOnlyList<RefusedRecord>> WriteAsync(DeviceBatch batch) => stopping.HasBegun
        ? await services.Writer.WriteAsync(batch).WaitAsync(stopping.Given).ConfigureAwait(false)
        : await _writer.WriteAsync(batch).ConfigureAwait(false) ?? [];
}
