using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Kafka;
using OrleansIngest.Timescale;

namespace OrleansIngest.Cli.Services;

/// <summary>Settings of commands that start no services: as configured, else those that were started here, which is said in a line.</summary>
internal static class RunningServices
{
    /// <summary>The broker, for a command that needs no database.</summary>
    /// <exception cref="ConfigurationException">With every mistake.</exception>
    public static KafkaOptions Kafka(Workspace workspace, Steps steps)
    {
        var settings = Settings.Read(workspace);
        if (!settings.Named().Kafka) settings = settings.With(Recorded(workspace, steps, "Kafka").Kafka, null);
        return settings.LoadForKafka().Kafka;
    }

    /// <summary>The database, for a command that needs no broker.</summary>
    /// <exception cref="ConfigurationException">With every mistake.</exception>
    public static TimescaleOptions Database(Workspace workspace, Steps steps, string? profile)
    {
        var settings = Settings.Read(workspace);
        if (profile is not null) settings = settings.For(profile);
        if (!settings.Named().Database) settings = settings.With(null, Recorded(workspace, steps, "TimescaleDB").Database);
        return settings.LoadForDatabase().Timescale;
    }

    /// <summary>Both, for a host. Where one is named the other must be too: a configured database does not get the records of a broker that happens to run here.</summary>
    /// <exception cref="ConfigurationException">Aliases disagree, or a file cannot be read.</exception>
    public static Settings ForHost(Workspace workspace, Steps steps, string profile, string? folder, params string[] arguments)
    {
        var settings = Settings.Read(workspace, folder, arguments).For(profile);
        if (settings.Named() is not (false, false)) return settings;
        var (kafka, database) = Recorded(workspace, steps, "Kafka and TimescaleDB");
        return settings.With(kafka, database);
    }

    private static (KafkaEndpoint? Kafka, DatabaseEndpoint? Database) Recorded(Workspace workspace, Steps steps, string needed)
    {
        var recorded = new ServiceManager(workspace, steps).Recorded();
        steps.Note(recorded is (null, null)
            ? $"{needed}: not configured, and not started here: ./ingest up"
            : $"{needed}: not configured, taking {Workspace.Shown(workspace.LocalFile("services.env"))}");
        return recorded;
    }
}
