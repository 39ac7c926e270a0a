using System.Diagnostics;
using OrleansIngest.Behaviour.Loads;

namespace OrleansIngest.Orleans.Tests.Cluster;

/// <summary>Has a load sent at a steady rate, from now on until it is disposed.</summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _end;
    private readonly Task _pacing;

    public SteadyLoad(LoadSender sender, int recordsPerSecond, CancellationToken cancellationToken)
    {
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _pacing = Task.Run(() => PaceAsync(sender, recordsPerSecond, _end.Token), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _pacing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private static async Task PaceAsync(LoadSender sender, int recordsPerSecond, CancellationToken end)
    {
        var (began, first) = (Stopwatch.GetTimestamp(), sender.Limit);
        while (true)
        {
            sender.Limit = first + (long)(Stopwatch.GetElapsedTime(began).TotalSeconds * recordsPerSecond);
            await Task.Delay(Between, end);
        }
    }
}
