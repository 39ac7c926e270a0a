using Microsoft.Extensions.Logging;

namespace OrleansIngest.Silo;

/// <summary>What the silo's host logs.</summary>
internal static partial class Log
{
    [LoggerMessage(1101, LogLevel.Information, "Silo {Name} of cluster {Cluster} is active at {Endpoint}; status on {Listen}/api/pipeline")]
    public static partial void Ready(ILogger logger, string name, string cluster, string endpoint, string listen);

    [LoggerMessage(1102, LogLevel.Information, "Stopping: reading ends, up to {DrainSeconds} s to write what is in flight")]
    public static partial void Stopping(ILogger logger, double drainSeconds);

    [LoggerMessage(1103, LogLevel.Information, "Stopped: the silo has left its cluster")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(1107, LogLevel.Critical, "The process ends at once, to be started again by whoever supervises it: {Context}. What it had not committed is read again, by the other silos if there are any")]
    public static partial void Evicted(ILogger logger, string context, Exception? exception);

    [LoggerMessage(1108, LogLevel.Warning, "No silo that the cluster's table calls alive answers: {Silos}. If none of them shows a sign of life for {Seconds} s, they count as crashed, and the cluster begins again")]
    public static partial void SilosDoNotAnswer(ILogger logger, string silos, double seconds);

    [LoggerMessage(1109, LogLevel.Warning, "The cluster had crashed as a whole and begins again; declared dead: {Silos}")]
    public static partial void CrashedSilos(ILogger logger, string silos);

    [LoggerMessage(1110, LogLevel.Information, "Silo {Name} at {Endpoint} is active")]
    public static partial void SiloJoined(ILogger logger, string name, string endpoint);

    [LoggerMessage(1111, LogLevel.Warning, "Silo {Name} at {Endpoint} has ended without a word; the others take over its partitions")]
    public static partial void SiloGone(ILogger logger, string name, string endpoint);

    [LoggerMessage(1113, LogLevel.Information, "Silo {Name} at {Endpoint} has left")]
    public static partial void SiloLeft(ILogger logger, string name, string endpoint);

    [LoggerMessage(1115, LogLevel.Information, "This silo comes in the place of one that ended without a word; declared dead: {Silos}")]
    public static partial void FormerSilo(ILogger logger, string silos);

    [LoggerMessage(1112, LogLevel.Critical, "The silo cannot start, or cannot join its cluster: {Reason}")]
    public static partial void CannotJoin(ILogger logger, string reason, Exception exception);

    [LoggerMessage(1114, LogLevel.Warning, "Other machines reach this silo at {Address} without encryption, and whoever reaches it may call it: set Orleans:Tls, or shield the network")]
    public static partial void NotEncrypted(ILogger logger, string address);
}
