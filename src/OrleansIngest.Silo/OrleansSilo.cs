using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using OrleansIngest.Grains;
using OrleansIngest.Grains.Streams;
using OrleansIngest.Hosting.Engine;
using OrleansIngest.Silo.Building;
using OrleansIngest.Silo.Clustering;
using OrleansIngest.Streaming.Kafka.Status;

namespace OrleansIngest.Silo;

/// <summary>One Orleans silo around one engine.</summary>
internal sealed class OrleansSilo : IAsyncDisposable
{
    private readonly SiloSettings _settings;
    private readonly TimeProvider _clock;
    private readonly IHost _host;

    /// <summary>Puts it together; starts nothing.</summary>
    public OrleansSilo(SiloSettings settings, IngestEngine engine, TimeProvider clock)
    {
        (_settings, _clock) = (settings, clock);
        Engine = engine;
        _host = SiloBuilding.Build(settings, engine, clock);
        Services = _host.Services;
    }

    /// <summary>The engine that its grains work with.</summary>
    public IngestEngine Engine { get; }

    /// <summary>The silo's services.</summary>
    public IServiceProvider Services { get; }

    /// <summary>Reaches every grain of the cluster.</summary>
    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    /// <summary>The streams that it reads.</summary>
    public IKafkaStreams Streams => Services.GetRequiredKeyedService<IKafkaStreams>(DeviceStreams.Provider);

    /// <summary>The devices that it has.</summary>
    public SiloDevices Devices => Services.GetRequiredService<SiloDevices>();

    /// <summary>The silo's name.</summary>
    public string Name => Details.Name;

    /// <summary>The cluster's name.</summary>
    public string Cluster => Details.ClusterId;

    /// <summary>Address, port and generation.</summary>
    public string Endpoint => $"{Details.SiloAddress.Endpoint}, gateway {Details.GatewayAddress.Endpoint.Port}";

    private ILocalSiloDetails Details => Services.GetRequiredService<ILocalSiloDetails>();

    /// <summary>Returns when the silo is active.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_settings.Orleans.Clustering == Configuration.Clustering.AdoNet)
        {
            var loggers = Services.GetRequiredService<ILoggerFactory>();
            await using var members = new MemberTable(
                Engine.ClusterSettings, _settings.Orleans.ClusterId, _settings.Ingest.Timescale, _clock, loggers.CreateLogger<MemberTable>());
            await new CrashedCluster(members, Details.SiloAddress.Endpoint, _clock, loggers.CreateLogger<CrashedCluster>()).ClearAsync(cancellationToken);
        }

        await _host.StartAsync(cancellationToken);
    }

    /// <summary>Completes, with the reason, when it cannot go on.</summary>
    public async Task<string> FailedAsync()
    {
        var engine = Engine.FailedAsync();
        var reading = Streams.Completion;
        if (await Task.WhenAny(engine, reading) == engine) return await engine;
        return reading.Exception?.InnerException?.Message ?? "reading ended";
    }

    /// <summary>Stops reading, drains, hands the partitions over, keeps the twins, and leaves the cluster.</summary>
    public Task StopAsync() => _host.StopAsync(CancellationToken.None);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable host) await host.DisposeAsync();
        else _host.Dispose();
    }
}
