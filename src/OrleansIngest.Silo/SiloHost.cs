using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Engine;
using OrleansIngest.Hosting.Status;
using OrleansIngest.Timescale.Locking;

namespace OrleansIngest.Silo;

/// <summary>
/// The silo's host: the engine is started once the database is ready for it, then the silo, whose grains thus always
/// have it; both are watched, and stopped in the reverse order, when the process is told to stop or cannot go on.
/// </summary>
internal sealed class SiloHost(SiloSettings settings, ILoggerFactory loggers, IHostApplicationLifetime lifetime, TimeProvider clock)
    : IngestHost(settings.Ingest, lifetime, clock, loggers.CreateLogger<SiloHost>())
{
    private volatile OrleansSilo? _silo;

    /// <summary>The silo once it is active; null before.</summary>
    public OrleansSilo? Silo => _silo;

    /// <inheritdoc />
    public override PipelineStatus Read() => SiloReport.Read(_silo, Uptime);

    /// <inheritdoc />
    protected override string? WhyCannotStart(Exception exception) =>
        exception is SocketException
            ? $"the silo cannot listen on {settings.Orleans.Address}: {exception.Message}. Set Orleans:SiloPort ({settings.Orleans.SiloPort}) and Orleans:GatewayPort ({settings.Orleans.GatewayPort}) to free ports, or to 0 for any."
            : base.WhyCannotStart(exception);

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stopping)
    {
        if (settings.Orleans.IsOpen) Log.NotEncrypted(Logger, settings.Orleans.Address);
        // Silos of a cluster share the partitions; one that knows of no others would read all of them beside those.
        var mode = settings.Orleans.Clustering == Configuration.Clustering.Localhost ? HostLockMode.Exclusive : HostLockMode.Shared;
        await using var engine = await IngestEngine.StartAsync(settings.Ingest, "silo", mode, loggers, Clock, stopping);
        await using var silo = new OrleansSilo(settings, engine, Clock);
        if (!await TryStartAsync(silo, stopping)) return;
        _silo = silo;
        Log.Ready(Logger, silo.Name, silo.Cluster, silo.Endpoint, settings.Ingest.Web.Listen);
        await WaitForEndAsync(Task.CompletedTask, silo.FailedAsync(), stopping);
        Log.Stopping(Logger, settings.Ingest.Delivery.DrainTimeout.TotalSeconds);
        await silo.StopAsync();
        _silo = null;
        Log.Stopped(Logger);
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
            if (WhyCannotStart(e) is not null)
            {
                End(e);
                return false;
            }

            Log.CannotJoin(Logger, e.Message, e);
            End(ExitCodes.Unavailable);
            return false;
        }
    }
}
