using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace OrleansIngest.Grains.Hosting;

/// <summary>Work that an active silo does again and again, from the moment it is active until it begins to stop.</summary>
/// <param name="interval">Between the beginnings of two rounds, where one does not take longer.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Told of rounds that fail; the next one is made all the same.</param>
internal abstract class Rounds(TimeSpan interval, TimeProvider clock, ILogger logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;

    /// <inheritdoc />
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        GetType().Name,
        ServiceLifecycleStage.Active,
        _ =>
        {
            _loop = Task.Run(RunAsync);
            return Task.CompletedTask;
        },
        async _ =>
        {
            var last = LastRoundAsync();
            await _stopping.CancelAsync();
            await _loop;
            await last;
        });

    /// <summary>One round.</summary>
    protected abstract Task RoundAsync(CancellationToken cancellationToken);

    /// <summary>What is to be done when the silo begins to stop, beside a round that may be under way. Must not throw.</summary>
    protected virtual Task LastRoundAsync() => Task.CompletedTask;

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token)) await TryRoundAsync();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private async Task TryRoundAsync()
    {
        try
        {
            await RoundAsync(_stopping.Token);
        }
        catch (Exception e)
        {
            if (!_stopping.IsCancellationRequested) Log.RoundFailed(logger, GetType().Name, e);
        }
    }
}
