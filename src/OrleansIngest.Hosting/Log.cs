using Microsoft.Extensions.Logging;

namespace OrleansIngest.Hosting;

/// <summary>What both hosts log.</summary>
internal static partial class Log
{
    [LoggerMessage(500, LogLevel.Information, "No maintenance role is configured (Timescale:MaintenanceUsername): migrations are left to 'ingest migrate'")]
    public static partial void MigrationsLeft(ILogger logger);

    [LoggerMessage(501, LogLevel.Information, "The schema of {Endpoint} fits: {Edition}")]
    public static partial void SchemaReady(ILogger logger, string endpoint, string edition);

    [LoggerMessage(502, LogLevel.Warning, "The snapshot of device '{Device}' in device_state cannot be read; its twin begins anew with the rows that are durable")]
    public static partial void SnapshotUnreadable(ILogger logger, string device, Exception exception);

    [LoggerMessage(503, LogLevel.Information, "The host starts: group {GroupId}, topics {Topics}, database {Database} at {Host}:{Port}")]
    public static partial void Starting(ILogger logger, string groupId, string topics, string database, string host, int port);

    [LoggerMessage(504, LogLevel.Critical, "The host stops: {Reason}")]
    public static partial void Fatal(ILogger logger, string reason);

    [LoggerMessage(505, LogLevel.Critical, "The host cannot start: {Reason}")]
    public static partial void CannotStart(ILogger logger, string reason);

    [LoggerMessage(506, LogLevel.Critical, "The host failed. Please report this")]
    public static partial void Failed(ILogger logger, Exception exception);
}
