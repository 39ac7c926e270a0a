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
}
