using System.Diagnostics;
using OrleansIngest.Behaviour.Stages;

namespace OrleansIngest.Orleans.Tests.Cluster;

/// <summary>Measures the longest time without a new row.</summary>
internal sealed class RowWatch : IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _end;
    private readonly Task<TimeSpan> _watching;

    public RowWatch(Stage stage, CancellationToken cancellationToken)
    {
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _watching = Task.Run(() => WatchAsync(stage, cancellationToken), cancellationToken);
    }

    /// <summary>Ends, and gives the longest time without a new row.</summary>
    public async Task<TimeSpan> EndAsync()
    {
        await _end.CancelAsync();
        return await _watching;
    }

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private async Task<TimeSpan> WatchAsync(Stage stage, CancellationToken cancellationToken)
    {
        var (rows, at, longest) = (0L, Stopwatch.GetTimestamp(), TimeSpan.Zero);
        while (!_end.IsCancellationRequested)
        {
            var now = await stage.Rows.CountAsync(cancellationToken);
            var gap = Stopwatch.GetElapsedTime(at);
            if (gap > longest) longest = gap;
            if (now > rows) (rows, at) = (now, Stopwatch.GetTimestamp());
            await Task.Delay(Between, cancellationToken);
        }

        return longest;
    }
}
