using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Engine;
using OrleansIngest.Hosting.Status;
using OrleansIngest.Timescale.Locking;
using OrleansIngest.Timescale.Schema;

namespace OrleansIngest.Silo;

/// <summary>
/// The life of the silo's process, while its web server answers from the first moment on: the engine is started once the
/// database is ready for it, then the silo, whose grains thus always have it; both are watched, and stopped in the
/// reverse order, when the process is told to stop or cannot go on.
/// </summary>
internal sealed class SiloHost : BackgroundService, IPipelineStatusSource
{
    private readonly SiloSettings _settings;
    private readonly ILoggerFactory _loggers;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly long _started;
    private volatile OrleansSilo? _silo;

    public SiloHost(SiloSettings settings, ILoggerFactory loggers, IHostApplicationLifetime lifetime, TimeProvider clock)
    {
        _settings = settings;
        _loggers = loggers;
        _lifetime = lifetime;
        _clock = clock;
        _logger = loggers.CreateLogger<SiloHost>();
        _started = clock.GetTimestamp();
    }

    /// <summary>What the process ends with.</summary>
    public int ExitCode { get; private set; } = ExitCodes.Done;

    /// <summary>The silo once it is active; null before.</summary>
    public OrleansSilo? Silo => _silo;

    /// <inheritdoc />
    public PipelineStatus Read() => SiloReport.Read(_silo, _clock.GetElapsedTime(_started));

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
        catch (Exception e) when (e is SchemaException or HostLockHeldException or SocketException)
        {
            Log.CannotStart(_logger, e is SocketException ? PortTaken(e) : e.Message);
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
        var (kafka, timescale) = (_settings.Ingest.Kafka, _settings.Ingest.Timescale);
        Log.Starting(_logger, kafka.GroupId, string.Join(", ", kafka.Topics.Select(t => t.Name)), timescale.Database, timescale.Host, timescale.Port);
        if (_settings.Orleans.IsOpen) Log.NotEncrypted(_logger, _settings.Orleans.Address);
        await using var engine = await IngestEngine.StartAsync(_settings.Ingest, "silo", HostLockMode.Shared, _loggers, _clock, stopping);
        await using var silo = new OrleansSilo(_settings, engine, _clock);
        if (!await TryStartAsync(silo, stopping)) return;
        _silo = silo;
        Log.Ready(_logger, silo.Name, silo.Cluster, silo.Endpoint, _settings.Ingest.Web.Listen);
        try
        {
            var reason = await silo.FailedAsync().WaitAsync(stopping);
            Log.Fatal(_logger, reason);
            ExitCode = ExitCodes.Failed;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop.
        }

        Log.Stopping(_logger, _settings.Ingest.Delivery.DrainTimeout.TotalSeconds);
        await silo.StopAsync();
        _silo = null;
        Log.Stopped(_logger);
    }

    private async Task<bool> TryStartAsync(OrleansSilo silo, CancellationToken stopping)
    {
        try
        {
            await silo.StartAsync(stopping);
            return true;
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            Log.CannotJoin(_logger, e.Message, e);
            ExitCode = ExitCodes.Unavailable;
            return false;
        }
    }

    private string PortTaken(Exception e) =>
        $"the silo cannot listen on {_settings.Orleans.Address}: {e.Message}. Set Orleans:SiloPort ({_settings.Orleans.SiloPort}) and Orleans:GatewayPort ({_settings.Orleans.GatewayPort}) to free ports, or to 0 for any.";
}
