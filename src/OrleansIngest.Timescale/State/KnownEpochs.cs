using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Timescale.State;

/// <summary>What a group knows of a partition's log.</summary>
/// <param name="IsOurs">Whether it is the group that asks.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="HighWater">One past the last record that it has done; null where it has noted none.</param>
/// <param name="StartedAt">When the epoch began.</param>
internal readonly record struct KnownEpoch(bool IsOurs, int Epoch, long? HighWater, DateTime StartedAt);

/// <summary>Chooses the epoch that a group reads a log at, from what all groups know of it.</summary>
internal static class KnownEpochs
{
    /// <summary>The epoch, and when it began; null where it begins now.</summary>
    /// <param name="known">What each group knows of this log; at most one of them is ours.</param>
    /// <param name="start">The log as it stands.</param>
    public static (int Epoch, DateTime? StartedAt) Choose(IReadOnlyList<KnownEpoch> known, in PartitionStart start)
    {
        if (known.Count == 0) return (LogRestart.Happened(null, start) ? 1 : 0, null);

        var newest = known.MaxBy(k => k.Epoch);
        KnownEpoch? ours = null;
        long highWater = 0;
        foreach (var one in known)
        {
            if (one.Epoch != newest.Epoch) continue;
            highWater = Math.Max(highWater, one.HighWater ?? 0);
            if (one.IsOurs) ours = one;
        }

        // A group that was away takes over what another has noticed meanwhile: its own offsets are of an older log and
        // say nothing of this one. Of another group's log, only its length tells.
        var beganAgain = start.High < highWater || (ours is { } own && LogRestart.Happened(own.HighWater, start));
        return beganAgain ? (newest.Epoch + 1, null) : (newest.Epoch, (ours ?? newest).StartedAt);
    }
}
