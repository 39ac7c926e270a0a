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
    public int ExitCode { get; private set; } = ExitCodes.Done;

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

    /// <summary>
    /// Waits until the host is told to stop, or cannot go on because <paramref name="starting"/> failed or
    /// <paramref name="failed"/> gives the reason, which is logged.
    /// </summary>
    protected async Task WaitForEndAsync(Task starting, Task<string> failed, CancellationToken stopping)
    {
        try
        {
            if (await Task.WhenAny(starting, failed) == starting) await starting;
            var reason = await failed.WaitAsync(stopping);
            Log.Fatal(logger, reason);
            End(ExitCodes.Failed);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop.
        }
        catch (Exception e)
        {
            End(e);
        }
    }

    /// <summary>
    /// The host cannot go on, which was logged. The process is told to end before anything is drained or disposed: from
    /// now on it has the time of a shutdown, whatever hangs.
    /// </summary>
    protected void End(int exitCode)
    {
        ExitCode = exitCode;
        lifetime.StopApplication();
    }

    /// <summary>Logs why the host cannot start or go on, and has the process end.</summary>
    protected void End(Exception exception)
    {
        if (WhyCannotStart(exception) is { } reason)
        {
            Log.CannotStart(logger, reason);
            End(ExitCodes.Unavailable);
        }
        else
        {
            Log.Failed(logger, exception);
            End(ExitCodes.Failed);
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
        catch (Exception e)
        {
            End(e);
        }

        lifetime.StopApplication();
    }
}
