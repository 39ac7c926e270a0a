using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Standalone;
using OrleansIngest.Web;

try
{
    var settings = SettingsLoader.Load("Standalone", args, SettingsLoader.ProcessEnvironment(), out var configuration);
    return await IngestApplication.RunAsync<StandaloneHost>(settings, configuration);
}
catch (ConfigurationException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return ExitCodes.Usage;
}
