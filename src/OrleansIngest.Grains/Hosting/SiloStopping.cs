using Orleans.Runtime;

namespace OrleansIngest.Grains.Hosting;

/// <summary>
/// Tells grains when their silo no longer waits. A grain leaves once its calls have ended, and they end by themselves
/// where rows can be stored; this is for where they cannot.
/// </summary>
internal sealed class SiloStopping(GrainServices services) : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly CancellationTokenSource _given = new();
    private readonly CancellationTokenSource _ended = new();

    /// <summary>Cancelled when rows are no longer waited for: they will be read again.</summary>
    public CancellationToken Given => _given.Token;

    /// <summary>Cancelled when twins are no longer kept: durable rows make up for it.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <inheritdoc />
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(SiloStopping), ServiceLifecycleStage.Last, _ => Task.CompletedTask, _ =>
        {
            _given.CancelAfter(services.LastRowsPatience);
            _ended.CancelAfter(services.LastTwinsPatience);
            return Task.CompletedTask;
        });
}
