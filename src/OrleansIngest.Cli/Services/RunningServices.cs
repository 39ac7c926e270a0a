using OrleansIngest.Cli.Terminal;

namespace OrleansIngest.Cli.Services;

/// <summary>Settings of commands that start no services.</summary>
internal static class RunningServices
{
    /// <summary>The configuration as it is; where it names neither service, those that were started here, which is said in a line.</summary>
    public static Settings Connect(Workspace workspace, Steps steps, string? folder = null, params string[] arguments)
    {
        var settings = Settings.Read(workspace, folder, arguments);
        if (settings.Named() is not (false, false)) return settings;
        var (kafka, database) = new ServiceManager(workspace, steps).Recorded();
        if (kafka is null && database is null)
        {
            steps.Note("no services are configured, and none were started here: ./ingest up");
            return settings;
        }

        steps.Note($"no services are configured: taking those of {Workspace.Shown(workspace.LocalFile("services.env"))}");
        return settings.With(kafka, database);
    }
}
