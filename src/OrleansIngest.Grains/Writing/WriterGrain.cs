using Orleans.Concurrency;
using Orleans.Dashboard;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Grains.Hosting;

namespace OrleansIngest.Grains.Writing;

/// <summary>
/// The shell around the silo's one batch writer. There is one a silo, so rows never leave it; what many devices hand in
/// becomes one transaction.
/// </summary>
[StatelessWorker(1), Reentrant, NoProfiling]
[GrainType("writer")]
internal sealed class WriterGrain(GrainServices services, SiloStopping stopping) : Grain, IWriterGrain
{
    /// <inheritdoc />
    public Task WriteAsync(List<HandedBatch> batches)
    {
        foreach (var handed in batches) handed.CompleteWith(services.Writer.WriteAsync(handed.Batch).WaitAsync(stopping.Given));
        return Task.CompletedTask;
    }
}
