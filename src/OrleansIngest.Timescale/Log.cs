using Microsoft.Extensions.Logging;

namespace OrleansIngest.Timescale;

internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Warning, "{What} has begun to fail: {Error} (SQLSTATE {SqlState}). It is tried again until it succeeds; nothing is lost.")]
    public static partial void OutageBegan(this ILogger logger, string what, string error, string sqlState);

    [LoggerMessage(2002, LogLevel.Information, "{What} succeeds again after {Seconds:0.0} s and {Tries} failed tries.")]
    public static partial void OutageEnded(this ILogger logger, string what, double seconds, long tries);

    [LoggerMessage(2003, LogLevel.Critical, "The writer stopped: {Reason}")]
    public static partial void WriterFailed(this ILogger logger, string reason, Exception? exception);

    [LoggerMessage(2010, LogLevel.Information, "Applied migration {Migration} to {Endpoint}.")]
    public static partial void MigrationApplied(this ILogger logger, string migration, string endpoint);

    [LoggerMessage(2020, LogLevel.Information, "Holding the {Mode} host lock of group \"{Group}\".")]
    public static partial void HostLockTaken(this ILogger logger, string mode, string group);

    [LoggerMessage(2021, LogLevel.Warning, "The connection of the host lock of group \"{Group}\" is lost: {Error}. Nothing is written over new connections until it is held again.")]
    public static partial void HostLockConnectionLost(this ILogger logger, string group, string error);

    [LoggerMessage(2022, LogLevel.Information, "Holding the host lock of group \"{Group}\" again after {Seconds:0.0} s.")]
    public static partial void HostLockRetaken(this ILogger logger, string group, double seconds);

    [LoggerMessage(2023, LogLevel.Critical, "The host lock is lost. {Reason}")]
    public static partial void HostLockLost(this ILogger logger, string reason);
}
