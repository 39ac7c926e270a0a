namespace OrleansIngest.Core.Delivery;

/// <summary>Tells a log that began again from one that merely grew or was trimmed.</summary>
public static class LogRestart
{
    /// <summary>
    /// Whether a partition's log began again since <paramref name="knownWatermark"/> (one past the last record known to
    /// be done; null or 0 where nothing is known) was noted.
    /// </summary>
    public static bool Happened(long? knownWatermark, in PartitionStart start) =>
        start.BeganAgain
        || start.Committed > start.High
        || (knownWatermark > 0 && (start.Committed is null || start.High < knownWatermark));
}
