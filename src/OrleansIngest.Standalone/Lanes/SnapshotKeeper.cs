using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Devices;

namespace OrleansIngest.Standalone.Lanes;

/// <summary>Keeps changed twins in <c>device_state</c>, and how far each source is, now and then.</summary>
internal sealed class SnapshotKeeper(
    DeviceLanes lanes, ITwinStore twins, ISourceEpochs epochs, Func<IReadOnlyList<SourceWatermark>> watermarks, ILogger<SnapshotKeeper> logger)
{
    private const int StatementSize = 1_000;

    /// <summary>Keeps what changed, once each interval, until cancelled.</summary>
    public async Task RunAsync(TimeSpan interval, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken)) await SaveAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopping; the host saves once more after it has drained.
        }
    }

    /// <summary>Keeps what changed, and is durable, now.</summary>
    public async Task SaveAsync(CancellationToken cancellationToken)
    {
        foreach (var lane in lanes.All)
        {
            var snapshots = await lane.TakeSnapshotsAsync(cancellationToken);
            var durable = new List<TwinSnapshot>(Math.Min(snapshots.Count, StatementSize));
            List<PendingSnapshot>? failing = null;
            try
            {
                foreach (var pending in snapshots)
                {
                    await Task.WhenAny(pending.Durable).WaitAsync(cancellationToken);
                    if (!pending.Durable.IsCompletedSuccessfully)
                    {
                        // A device that fails: the lane tells of it and tries it again.
                        (failing ??= []).Add(pending);
                        continue;
                    }

                    durable.Add(pending.Snapshot);
                    if (durable.Count < StatementSize) continue;
                    await twins.SaveAsync(durable, cancellationToken);
                    durable.Clear();
                }

                if (durable.Count > 0) await twins.SaveAsync(durable, cancellationToken);
                if (failing is not null) lane.SnapshotsLost(failing);
                Log.SnapshotsKept(logger, snapshots.Count - (failing?.Count ?? 0));
            }
            catch (Exception e)
            {
                lane.SnapshotsLost(snapshots);
                if (cancellationToken.IsCancellationRequested) throw;
                Log.SnapshotsLost(logger, snapshots.Count, e);
            }
        }

        try
        {
            await epochs.SaveAsync(watermarks(), cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Log.WatermarksNotKept(logger, e);
        }
    }
}
