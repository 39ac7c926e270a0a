using Microsoft.Extensions.Logging;

namespace OrleansIngest.Standalone;

/// <summary>What the standalone host logs.</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "Ready: reads {Partitions} partitions, status on {Listen}/api/pipeline")]
    public static partial void Ready(ILogger logger, int partitions, string listen);

    [LoggerMessage(1002, LogLevel.Information, "Stopping: reading has ended, up to {DrainSeconds} s to write what is in flight")]
    public static partial void Draining(ILogger logger, double drainSeconds);

    [LoggerMessage(1003, LogLevel.Information, "Stopped: everything that was read is durable and committed")]
    public static partial void Drained(ILogger logger);

    [LoggerMessage(1004, LogLevel.Warning, "Stopped with {Records} records in flight that could not be written in time; they will be read again")]
    public static partial void DrainedInPart(ILogger logger, long records);

    [LoggerMessage(1006, LogLevel.Critical, "Delivering '{What}' from {Source} failed for no outside reason; its partition's watermark stays before it. Please report this")]
    public static partial void DeliveryFailed(ILogger logger, string what, string source, Exception exception);

    [LoggerMessage(1007, LogLevel.Debug, "{Count} snapshots of twins kept")]
    public static partial void SnapshotsKept(ILogger logger, int count);

    [LoggerMessage(1008, LogLevel.Warning, "{Count} snapshots of twins could not be kept; they are taken again at the next round")]
    public static partial void SnapshotsLost(ILogger logger, int count, Exception exception);

    [LoggerMessage(1009, LogLevel.Warning, "The last snapshots of twins could not be kept; the next start folds durable rows instead")]
    public static partial void LastSnapshotsLost(ILogger logger, Exception exception);

    [LoggerMessage(1012, LogLevel.Warning, "The last watermarks could not be committed; what lies between is read again and stored once")]
    public static partial void LastCommitFailed(ILogger logger);

    [LoggerMessage(1013, LogLevel.Warning, "How far partitions are could not be noted in source_partitions; the next round does")]
    public static partial void WatermarksNotKept(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 1014, Message = "Device '{Device}' failed by a defect; its records wait, and it is tried again by itself while the others go on. Please report this")]
    public static partial void DeviceFails(ILogger logger, LogLevel level, string device, Exception exception);

    [LoggerMessage(EventId = 1015, Message = "Device '{Device}' works again after {Outage} and {Failures} failures")]
    public static partial void DeviceWorks(ILogger logger, LogLevel level, string device, TimeSpan outage, int failures);
}
