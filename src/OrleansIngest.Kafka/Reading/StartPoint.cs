using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Kafka.Reading;

/// <summary>Where reading of a log begins.</summary>
/// <param name="Offset">The first offset to read.</param>
/// <param name="SkippedFrom">The first of the offsets before it that were committed as next and are gone; null where none are.</param>
/// <param name="LogBeganAgain">The committed offset lies beyond the end: this is another log.</param>
internal readonly record struct StartPoint(long Offset, long? SkippedFrom, bool LogBeganAgain)
{
    /// <summary>Chooses it from the log's bounds and the committed offset.</summary>
    /// <param name="start">The partition as it stands.</param>
    /// <param name="reset">Where to begin without committed offset.</param>
    /// <param name="wasLost">The group has read the partition before: that no offset is committed means that its log or its offsets were lost.</param>
    public static StartPoint Choose(in PartitionStart start, OffsetReset reset, bool wasLost)
    {
        if (start.Committed is not { } committed)
        {
            var fromEnd = reset == OffsetReset.Latest && !wasLost;
            return new StartPoint(fromEnd ? start.High : start.Low, null, false);
        }

        if (committed > start.High) return new StartPoint(start.Low, null, true);
        return committed < start.Low
            ? new StartPoint(start.Low, committed, false)
            : new StartPoint(committed, null, false);
    }
}
