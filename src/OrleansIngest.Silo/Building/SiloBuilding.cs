using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Connections.Security;
using Orleans.Hosting;
using Orleans.Runtime;
using OrleansIngest.Grains;
using OrleansIngest.Grains.Hosting;
using OrleansIngest.Hosting.Engine;
using OrleansIngest.Hosting.Logging;
using OrleansIngest.Silo.Clustering;
using OrleansIngest.Silo.Configuration;
using OrleansIngest.Silo.Web;

namespace OrleansIngest.Silo.Building;

/// <summary>Puts a silo together as its settings say.</summary>
internal static class SiloBuilding
{
    private const string Npgsql = "Npgsql";

    // Membership shares the database's outages: silos that cannot write there for that many half minutes still count.
    private const int MissedAliveTimes = 40;

    // Beyond it, Orleans warns of a grain that kept its thread. On a busy machine a second passes without any fault of the grain's.
    private static readonly TimeSpan LongTurn = TimeSpan.FromSeconds(5);

    /// <summary>The silo, not started.</summary>
    public static IHost Build(SiloSettings settings, IngestEngine engine, TimeProvider clock)
    {
        var orleans = settings.Orleans;
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddIngestLogging(settings.Configuration);
        OrleansNoise.Filter(builder.Logging);
        builder.Services.AddSingleton<IHostLifetime, OwnedLifetime>();
        builder.Services.AddSingleton(clock);
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (orleans.ClusterId, orleans.ServiceId));
            silo.Configure<SiloOptions>(o => o.SiloName = NameOf(orleans));
            silo.Configure<SchedulingOptions>(o => o.TurnWarningLengthThreshold = LongTurn);
            AddClustering(silo, orleans, AddEndpoints(silo, orleans), engine.ClusterSettings);
            if (orleans.Tls.IsOn) AddTls(silo, orleans.Tls);
            if (orleans.Dashboard) DashboardEndpoints.AddServices(silo);
            silo.AddIngestGrains(GrainServices.Of(engine, settings.Ingest, clock));
            silo.AddDeviceStreams(engine, settings.Ingest);
            silo.Services.Replace(ServiceDescriptor.Singleton<IFatalErrorHandler, FatalEnd>());
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloNews>();
        });
        return builder.Build();
    }

    private static string NameOf(OrleansOptions orleans) =>
        orleans.SiloName.Length > 0 ? orleans.SiloName : $"{Environment.MachineName}-{Environment.ProcessId}";

    private static IPEndPoint AddEndpoints(ISiloBuilder silo, OrleansOptions orleans)
    {
        var address = IPAddress.Parse(orleans.Address);
        var (siloPort, gatewayPort) = FreePorts.Resolve(address, orleans.SiloPort, orleans.GatewayPort);
        silo.Configure<EndpointOptions>(o =>
        {
            o.AdvertisedIPAddress = address;
            (o.SiloPort, o.GatewayPort) = (siloPort, gatewayPort);
            o.SiloListeningEndpoint = new IPEndPoint(address, siloPort);
            o.GatewayListeningEndpoint = new IPEndPoint(address, gatewayPort);
        });
        return new IPEndPoint(address, siloPort);
    }

    private static void AddClustering(ISiloBuilder silo, OrleansOptions orleans, IPEndPoint self, string connection)
    {
        if (orleans.Clustering == Configuration.Clustering.Localhost)
        {
            silo.UseDevelopmentClustering(o => o.PrimarySiloEndpoint = self);
            return;
        }

        silo.Configure<ClusterMembershipOptions>(o => o.NumMissedTableIAmAliveLimit = MissedAliveTimes);
        silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Npgsql, connection));
        silo.UseAdoNetReminderService(o => (o.Invariant, o.ConnectionString) = (Npgsql, connection));
        silo.AddAdoNetGrainStorageAsDefault(o => (o.Invariant, o.ConnectionString) = (Npgsql, connection));
        // With Orleans' default, a silo that leaves takes its part of the directory with it: devices come up on other silos
        // before they have left, and what their twins had counted since the last snapshot is gone.
#pragma warning disable ORLEANSEXP003 // The interface may change; what it does is what we need.
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
    }

    private static void AddTls(ISiloBuilder silo, OrleansTlsOptions tls)
    {
        var trust = new SiloTrust(tls.LoadAuthority());
        silo.UseTls(tls.LoadCertificate(), o =>
        {
            o.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
            o.RemoteCertificateValidation = (certificate, _, _) => trust.Accepts(certificate);
            o.OnAuthenticateAsClient = (_, authentication) => authentication.TargetHost = SiloTrust.Name;
        });
    }
}
