using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;

namespace OrleansIngest.Cli;

/// <summary>Where things are in the clone that this program was built in.</summary>
internal sealed class Workspace
{
    private const string Marker = "OrleansIngest.sln";

    private Workspace(string home) => Home = home;

    /// <summary>The repository's root.</summary>
    public string Home { get; }

    /// <summary>What runs and was set up on this machine; not under version control.</summary>
    public string Local => Path.Combine(Home, ".local");

    /// <summary>Settings of hosts.</summary>
    public string Configuration => Path.Combine(Home, "silo-config");

    /// <summary>Debug or Release, as this program itself.</summary>
    public string BuildConfiguration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent?.Name ?? "Release";

    /// <summary>The clone named by INGEST_HOME, else the one that this program stands in.</summary>
    public static Workspace Find()
    {
        if (Environment.GetEnvironmentVariable("INGEST_HOME") is { Length: > 0 } named)
        {
            return File.Exists(Path.Combine(named, Marker))
                ? new Workspace(Path.GetFullPath(named))
                : throw new CommandException(ExitCodes.Usage, $"INGEST_HOME is '{named}', where no {Marker} is", "Unset it, or name the clone's folder");
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Marker))) return new Workspace(folder.FullName);
        }

        throw new CommandException(
            ExitCodes.Usage, $"{AppContext.BaseDirectory} lies in no clone of OrleansIngest", "Set INGEST_HOME to the clone's folder, or run ./ingest there");
    }

    /// <summary>A file in <see cref="Local"/>, whose folder exists after this.</summary>
    public string LocalFile(string name)
    {
        Directory.CreateDirectory(Local);
        return Path.Combine(Local, name);
    }

    /// <summary>The program that a project builds.</summary>
    public string Program(string folder, string project, string assembly) =>
        Path.Combine(Home, folder, project, "bin", BuildConfiguration, "net10.0", assembly + ".dll");

    /// <summary>A path for messages: relative to the current directory where that is shorter.</summary>
    public static string Shown(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.Length < path.Length ? relative : path;
    }
}
