using Microsoft.Extensions.DependencyInjection;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Silo;
using OrleansIngest.Silo.Configuration;
using OrleansIngest.Silo.Web;
using OrleansIngest.Web;

try
{
    var orleans = new OrleansOptions();
    var environment = SettingsLoader.ProcessEnvironment();
    var profile = Profiles.Choose(args, environment);
    var settings = SettingsLoader.Load(profile, args, environment, out var configuration, (read, mistakes) =>
    {
        if (Profiles.Mistake(profile) is { } mistake) mistakes.Add(mistake);
        orleans = SectionReader.Read<OrleansOptions>(read, OrleansOptions.Section, mistakes);
        mistakes.AddRange(orleans.Validate());
    });
    return await IngestApplication.RunAsync<SiloHost>(
        settings,
        configuration,
        services => services.AddSingleton(new SiloSettings(settings, orleans, configuration)),
        (app, host) =>
        {
            app.MapDevices(host);
            if (orleans.Dashboard) app.MapDashboard(host);
        });
}
catch (ConfigurationException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return ExitCodes.Usage;
}
