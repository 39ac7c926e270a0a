using Orleans.Concurrency;
using Orleans.Dashboard;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Grains.Hosting;

namespace OrleansIngest.Grains.Writing;

/// <summary>
/// The shell around the silo's one batch writer. There is one a silo, so rows never leave it; it takes calls while others
/// wait, so that many of them become one transaction.
/// </summary>
[StatelessWorker(1), Reentrant, NoProfiling]
[GrainType("writer")]
internal sealed class WriterGrain(GrainServices services, SiloStopping stopping) : Grain, IWriterGrain
{
    /// <inheritdoc />
    public async Task<RefusedRecord[]?> WriteAsync(DeviceBatch batch)
    {
        var refused = await services.Writer.WriteAsync(batch).WaitAsync(stopping.Given);
        return refused.Count == 0 ? null : [.. refused];
    }
}
