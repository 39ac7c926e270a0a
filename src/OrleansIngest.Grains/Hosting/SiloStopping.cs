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
    private volatile bool _hasBegun;

    /// <summary>Whether the silo has begun to stop: nothing of it has ended yet.</summary>
    public bool HasBegun => _hasBegun;

    /// <summary>Cancelled when rows are no longer waited for: they will be read again.</summary>
    public CancellationToken Given => _given.Token;

    /// <summary>Cancelled when twins are no longer kept: durable rows make up for it.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <inheritdoc />
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(SiloStopping), ServiceLifecycleStage.Last, _ => Task.CompletedTask, _ =>
        {
            _hasBegun = true;
            _given.CancelAfter(services.LastRowsPatience);
            _ended.CancelAfter(services.LastTwinsPatience);
            return Task.CompletedTask;
        });
}
