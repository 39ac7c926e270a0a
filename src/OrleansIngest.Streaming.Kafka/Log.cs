using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace OrleansIngest.Streaming.Kafka;

/// <summary>Everything that this project logs, an event id each.</summary>
internal static partial class Log
{
    [LoggerMessage(400, LogLevel.Error, "{Partition}: the mapper failed on the record at offset {Offset}. The record stays undone and holds its partition's committed offset back: mend the mapper and start again. Further ones of this partition are counted, not logged.")]
    public static partial void RecordNotMapped(this ILogger logger, string partition, long offset, Exception problem);

    [LoggerMessage(401, LogLevel.Warning, "The last commit of {Partition} failed: {Reason}. What is done since the one before will be read once more.")]
    public static partial void LastCommitFailed(this ILogger logger, string partition, string reason);

    [LoggerMessage(402, LogLevel.Information, "Everything that was read is done.")]
    public static partial void Drained(this ILogger logger);

    [LoggerMessage(403, LogLevel.Warning, "Stopping with {Records} records that are not done; they will be read once more.")]
    public static partial void DrainedInPart(this ILogger logger, long records);

    [LoggerMessage(404, LogLevel.Warning, "Not everything can be read: {Problem}.")]
    public static partial void SlotProblem(this ILogger logger, string problem);

    [LoggerMessage(405, LogLevel.Warning, "{Provider}: Orleans gave up for now on {What}. Nothing is lost: it is tried again, by this silo or the next that reads the partition. {Count} so far; told once a minute at most.")]
    public static partial void DeliveryGivenUp(this ILogger logger, string provider, string what, long count);

    [LoggerMessage(406, LogLevel.Warning, "{Provider}: stream {Stream} is to go back to a place in another partition, or in a log that has since begun again. That is ignored: only streams that live in one partition can rewind. Told once a minute at most.")]
    public static partial void ForeignToken(this ILogger logger, string provider, StreamId stream);

    [LoggerMessage(407, LogLevel.Warning, "{Provider}: {Partitions} partitions have waited longer than {Patience} for a delivery, longest for stream {Stream} at offset {Offset}. Its grain fails, or what it needs is away; its later events wait, other streams go on. The log category Orleans.Streams at Warning says why deliveries fail.")]
    public static partial void DeliveriesWait(this ILogger logger, string provider, int partitions, TimeSpan patience, StreamId stream, long offset);

    [LoggerMessage(408, LogLevel.Information, "{Provider}: no partition waits for a delivery any more.")]
    public static partial void DeliveriesGoOn(this ILogger logger, string provider);

    [LoggerMessage(409, LogLevel.Error, "Looking for partitions to read failed; it is tried again.")]
    public static partial void LookFailed(this ILogger logger, Exception exception);
}
