using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using OrleansIngest.Hosting;

namespace OrleansIngest.Silo.Clustering;

/// <summary>
/// Ends the process when Orleans cannot go on, above all because the other silos have declared this one dead: they have
/// taken its partitions and devices, so it must do nothing more.
/// </summary>
internal sealed class FatalEnd(ILogger<FatalEnd> logger) : IFatalErrorHandler
{
    private static readonly TimeSpan LogPatience = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc />
    public bool IsUnexpected(Exception exception) => exception is not OperationCanceledException;

    /// <inheritdoc />
    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        Log.Evicted(logger, context ?? exception?.Message ?? "unknown reason", exception);
        // The console's logger writes from a thread of its own.
        Thread.Sleep(LogPatience);
        Environment.Exit(ExitCodes.Failed);
    }
}
