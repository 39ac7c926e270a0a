using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Grains;

/// <summary>What the grains of a silo log.</summary>
internal static partial class Log
{
    [LoggerMessage(600, LogLevel.Warning, "{Count} twins could not be kept; they are taken again at their next round, and rows that are stored make up for the rest")]
    public static partial void TwinsNotKept(ILogger logger, int count, Exception exception);

    [LoggerMessage(601, LogLevel.Debug, "A round of {What} failed; the next one is made all the same")]
    public static partial void RoundFailed(ILogger logger, string what, Exception exception);

    [LoggerMessage(602, LogLevel.Warning, "Deliveries fail, first that of {Stream} ({Source} from offset {Offset} on). Each is tried again until it succeeds; the later records of its device wait, other devices go on. This kind of failure is told once until none fails any more.")]
    public static partial void DeliveriesFail(ILogger logger, string stream, RecordSource source, long offset, Exception exception);

    [LoggerMessage(603, LogLevel.Information, "No delivery fails any more.")]
    public static partial void DeliveriesSucceed(ILogger logger);
}
