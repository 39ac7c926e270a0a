using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Hosting.Engine;
using OrleansIngest.Hosting.Status;
using OrleansIngest.Timescale.Locking;
using OrleansIngest.Timescale.Schema;

namespace OrleansIngest.Standalone;

/// <summary>
/// The life of the standalone host: it starts the pipeline once the database is ready for it, watches it, and drains it
/// when the process is told to stop or the pipeline cannot go on.
/// </summary>
internal sealed class StandaloneHost : BackgroundService, IPipelineStatusSource
{
    private readonly IngestSettings _settings;
    private readonly ILoggerFactory _loggers;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly long _started;
    private volatile StandalonePipeline? _pipeline;

    public StandaloneHost(IngestSettings settings, ILoggerFactory loggers, IHostApplicationLifetime lifetime, TimeProvider clock)
    {
        _settings = settings;
        _loggers = loggers;
        _lifetime = lifetime;
        _clock = clock;
        _logger = loggers.CreateLogger<StandaloneHost>();
        _started = clock.GetTimestamp();
    }

    /// <summary>What the process ends with.</summary>
    public int ExitCode { get; private set; } = ExitCodes.Done;

    /// <inheritdoc />
    public PipelineStatus Read() => StandaloneStatus.Read(_pipeline, _clock.GetElapsedTime(_started));

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Told to stop before everything was there: nothing was read.
        }
        catch (Exception e) when (e is SchemaException or HostLockHeldException)
        {
            Log.CannotStart(_logger, e.Message);
            ExitCode = ExitCodes.Unavailable;
        }
        catch (Exception e)
        {
            Log.Failed(_logger, e);
            ExitCode = ExitCodes.Failed;
        }

        _lifetime.StopApplication();
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        var (kafka, timescale) = (_settings.Kafka, _settings.Timescale);
        Log.Starting(_logger, kafka.GroupId, string.Join(", ", kafka.Topics.Select(t => t.Name)), timescale.Database, timescale.Host, timescale.Port);
        await using var engine = await IngestEngine.StartAsync(_settings, "standalone", HostLockMode.Exclusive, _loggers, _clock, stopping);
        await using var pipeline = new StandalonePipeline(_settings, engine, _loggers, _clock);
        _pipeline = pipeline;
        try
        {
            var reading = pipeline.StartReadingAsync(stopping);
            var failed = pipeline.FailedAsync();
            if (await Task.WhenAny(reading, failed) == reading)
            {
                await reading;
                Log.Ready(_logger, pipeline.Partitions.Count, _settings.Web.Listen);
            }

            var reason = await failed.WaitAsync(stopping);
            Log.Fatal(_logger, reason);
            ExitCode = ExitCodes.Failed;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop.
        }

        await pipeline.DrainAsync(_settings.Delivery.DrainTimeout);
    }
}
