using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Hosting.Engine;
using OrleansIngest.Hosting.Status;
using OrleansIngest.Timescale.Locking;

namespace OrleansIngest.Standalone;

/// <summary>
/// The standalone host: it starts the pipeline once the database is ready for it, watches it, and drains it when the
/// process is told to stop or the pipeline cannot go on.
/// </summary>
internal sealed class StandaloneHost(IngestSettings settings, ILoggerFactory loggers, IHostApplicationLifetime lifetime, TimeProvider clock)
    : IngestHost(settings, lifetime, clock, loggers.CreateLogger<StandaloneHost>())
{
    private readonly IngestSettings _settings = settings;
    private volatile StandalonePipeline? _pipeline;

    /// <inheritdoc />
    public override PipelineStatus Read() => StandaloneStatus.Read(_pipeline, Uptime);

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stopping)
    {
        await using var engine = await IngestEngine.StartAsync(_settings, "standalone", HostLockMode.Exclusive, loggers, Clock, stopping);
        await using var pipeline = new StandalonePipeline(_settings, engine, loggers, Clock);
        _pipeline = pipeline;
        var failed = pipeline.FailedAsync();
        var reading = ReadAsync(pipeline, stopping);
        await WaitForEndAsync(reading, failed, stopping);
        await pipeline.DrainAsync(_settings.Delivery.DrainTimeout);
    }

    private async Task ReadAsync(StandalonePipeline pipeline, CancellationToken stopping)
    {
        try
        {
            await pipeline.StartReadingAsync(stopping);
            Log.Ready(Logger, pipeline.Partitions.Count, _settings.Web.Listen);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop while topics or brokers were waited for; what is read already is drained.
        }
    }
}
