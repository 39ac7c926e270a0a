using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Hosting.Logging;
using OrleansIngest.Hosting.Status;
using OrleansIngest.Silo;
using OrleansIngest.Silo.Configuration;
using OrleansIngest.Silo.Web;
using OrleansIngest.Web;

IngestSettings settings;
var orleans = new OrleansOptions();
Microsoft.Extensions.Configuration.IConfigurationRoot configuration;
try
{
    var environment = SettingsLoader.ProcessEnvironment();
    var profile = Profiles.Choose(args, environment);
    settings = SettingsLoader.Load(profile, args, environment, out configuration, (read, mistakes) =>
    {
        if (Profiles.Mistake(profile) is { } mistake) mistakes.Add(mistake);
        orleans = SectionReader.Read<OrleansOptions>(read, OrleansOptions.Section, mistakes);
        mistakes.AddRange(orleans.Validate());
    });
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
builder.Services.AddSingleton(new SiloSettings(settings, orleans, configuration));
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<SiloHost>();
builder.Services.AddSingleton<IPipelineStatusSource>(services => services.GetRequiredService<SiloHost>());
builder.Services.AddHostedService(services => services.GetRequiredService<SiloHost>());
builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = settings.Delivery.DrainTimeout + TimeSpan.FromSeconds(2));

await using var app = builder.Build();
var host = app.Services.GetRequiredService<SiloHost>();
app.UseRouting();
app.MapIngest();
app.MapDevices(host);
if (orleans.Dashboard) app.MapDashboard(host);
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
