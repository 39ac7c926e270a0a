using Microsoft.Extensions.Logging;

namespace OrleansIngest.Grains;

/// <summary>What the grains of a silo log.</summary>
internal static partial class Log
{
    [LoggerMessage(600, LogLevel.Warning, "{Count} twins could not be kept; they are taken again at their next round, and rows that are stored make up for the rest")]
    public static partial void TwinsNotKept(ILogger logger, int count, Exception exception);

    [LoggerMessage(601, LogLevel.Debug, "A round of {What} failed; the next one is made all the same")]
    public static partial void RoundFailed(ILogger logger, string what, Exception exception);
}
