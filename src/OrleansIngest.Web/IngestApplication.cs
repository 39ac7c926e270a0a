using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Hosting.Logging;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Web;

/// <summary>A host's process: its log, its web server, and the host itself.</summary>
public static class IngestApplication
{
    /// <summary>Runs the host until it ends or the process is told to stop.</summary>
    /// <typeparam name="THost">Made once, from the services.</typeparam>
    /// <param name="settings">Validated settings.</param>
    /// <param name="configuration">Where they come from; says what is logged too.</param>
    /// <param name="addServices">What <typeparamref name="THost"/> needs beyond settings, log and clock.</param>
    /// <param name="mapMore">The host's own endpoints.</param>
    /// <returns>The exit code (<see cref="ExitCodes"/>).</returns>
    public static async Task<int> RunAsync<THost>(
        IngestSettings settings,
        IConfigurationRoot configuration,
        Action<IServiceCollection>? addServices = null,
        Action<WebApplication, THost>? mapMore = null)
        where THost : IngestHost
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddIngestLogging(configuration);
        builder.WebHost.UseKestrelCore().UseUrls(settings.Web.Listen);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<THost>();
        builder.Services.AddSingleton<IPipelineStatusSource>(services => services.GetRequiredService<THost>());
        builder.Services.AddHostedService(services => services.GetRequiredService<THost>());
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = settings.Delivery.DrainTimeout + TimeSpan.FromSeconds(2));
        addServices?.Invoke(builder.Services);

        await using var app = builder.Build();
        var host = app.Services.GetRequiredService<THost>();
        app.UseRouting();
        app.MapIngest();
        mapMore?.Invoke(app, host);
        using var lastResort = app.Lifetime.ApplicationStopping.Register(() => _ = ExitWhenOverdueAsync(host, settings.Delivery.DrainTimeout));
        try
        {
            await app.RunAsync();
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync($"HTTP cannot listen on {settings.Web.Listen}: {e.Message} Set Web:Listen to a free address.");
            return ExitCodes.Unavailable;
        }

        return host.ExitCode;
    }

    // A call that waits for a database or broker that has vanished cannot always be interrupted. What it was about is not
    // committed, so ending the process loses nothing. On a busy machine that takes a while too.
    private static async Task ExitWhenOverdueAsync(IngestHost host, TimeSpan drain)
    {
        await Task.Delay(drain + TimeSpan.FromSeconds(1.5));
        Environment.Exit(host.ExitCode);
    }
}
