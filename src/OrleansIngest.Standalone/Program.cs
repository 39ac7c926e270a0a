using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Hosting.Logging;
using OrleansIngest.Hosting.Status;
using OrleansIngest.Standalone;
using OrleansIngest.Web;

IngestSettings settings;
Microsoft.Extensions.Configuration.IConfigurationRoot configuration;
try
{
    settings = SettingsLoader.Load("Standalone", args, SettingsLoader.ProcessEnvironment(), out configuration);
}
catch (ConfigurationException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return ExitCodes.Usage;
}

var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.Logging.AddIngestLogging(configuration);
builder.WebHost.UseKestrelCore().UseUrls(settings.Web.Listen);
builder.Services.AddRoutingCore();
builder.Services.AddSingleton(settings);
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<StandaloneHost>();
builder.Services.AddSingleton<IPipelineStatusSource>(services => services.GetRequiredService<StandaloneHost>());
builder.Services.AddHostedService(services => services.GetRequiredService<StandaloneHost>());
builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = settings.Delivery.DrainTimeout + TimeSpan.FromSeconds(2));

await using var app = builder.Build();
app.UseRouting();
app.MapIngest();
var host = app.Services.GetRequiredService<StandaloneHost>();
using var lastResort = app.Lifetime.ApplicationStopping.Register(() => _ = ExitWhenOverdueAsync(settings.Delivery.DrainTimeout));
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

// A call that waits for a database or broker that has vanished cannot always be interrupted. What it was about is not
// committed, so ending the process loses nothing.
async Task ExitWhenOverdueAsync(TimeSpan drain)
{
    await Task.Delay(drain + TimeSpan.FromSeconds(1.8));
    Environment.Exit(host.ExitCode);
}
