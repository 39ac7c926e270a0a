using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Hosting.Status;
using OrleansIngest.Timescale.Locking;
using OrleansIngest.Timescale.Schema;

namespace OrleansIngest.Hosting;

/// <summary>
/// The life of a host's process, while its web server answers from the first moment on: it runs until it is told to
/// stop or cannot go on, and turns how it ended into a log line and an exit code.
/// </summary>
/// <param name="settings">Validated settings.</param>
/// <param name="lifetime">Ends the process when the host has ended.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">The host's log.</param>
public abstract class IngestHost(IngestSettings settings, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger logger)
    : BackgroundService, IPipelineStatusSource
{
    private readonly long _started = clock.GetTimestamp();

    /// <summary>What the process ends with.</summary>
    public int ExitCode { get; protected set; } = ExitCodes.Done;

    /// <summary>The host's log.</summary>
    protected ILogger Logger => logger;

    /// <summary>The clock.</summary>
    protected TimeProvider Clock => clock;

    /// <summary>Since the host was made.</summary>
    protected TimeSpan Uptime => clock.GetElapsedTime(_started);

    /// <inheritdoc />
    public abstract PipelineStatus Read();

    /// <summary>Runs until <paramref name="stopping"/> or until it cannot go on, then drains.</summary>
    protected abstract Task RunAsync(CancellationToken stopping);

    /// <summary>Why the host cannot start, in words, where that is for its operator to mend; null where the failure is none of these.</summary>
    protected virtual string? WhyCannotStart(Exception exception) =>
        exception is SchemaException or HostLockHeldException ? exception.Message : null;

    /// <summary>Waits until the host is told to stop, or <paramref name="failed"/> gives the reason why it cannot go on, which is logged.</summary>
    protected async Task WaitForEndAsync(Task<string> failed, CancellationToken stopping)
    {
        try
        {
            var reason = await failed.WaitAsync(stopping);
            Log.Fatal(logger, reason);
            ExitCode = ExitCodes.Failed;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    /// <inheritdoc />
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (kafka, timescale) = (settings.Kafka, settings.Timescale);
        Log.Starting(logger, kafka.GroupId, string.Join(", ", kafka.Topics.Select(t => t.Name)), timescale.Database, timescale.Host, timescale.Port);
        try
        {
            await RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Told to stop before everything was there: nothing was read.
        }
        catch (Exception e) when (WhyCannotStart(e) is { } reason)
        {
            Log.CannotStart(logger, reason);
            ExitCode = ExitCodes.Unavailable;
        }
        catch (Exception e)
        {
            Log.Failed(logger, e);
            ExitCode = ExitCodes.Failed;
        }

        lifetime.StopApplication();
    }
}
