using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;

namespace OrleansIngest.Cli.Services;

/// <summary>The two programs that do the work.</summary>
internal enum HostKind
{
    /// <summary>One process.</summary>
    Standalone,

    /// <summary>An Orleans silo.</summary>
    Silo,
}

internal static class Hosts
{
    /// <summary>Names the profile in the environment, as a silo reads it.</summary>
    public const string ProfileVariable = "INGEST_PROFILE";

    /// <summary>The profile of the standalone host: its <c>appsettings.Standalone.json</c>.</summary>
    public const string StandaloneProfile = "Standalone";

    /// <summary>The profile of one silo alone.</summary>
    public const string SiloProfile = "Silo";

    /// <summary>The profile of a silo that shares its work with others.</summary>
    public const string ClusterProfile = "Cluster";

    /// <summary>The profile of this host: as named, else by the environment, else the one of a host alone.</summary>
    public static string Profile(this HostKind kind, string? named)
    {
        if (kind == HostKind.Standalone) return StandaloneProfile;
        return named ?? (Environment.GetEnvironmentVariable(ProfileVariable) is { Length: > 0 } variable ? variable : SiloProfile);
    }

    /// <summary>As users write it.</summary>
    public static string Name(this HostKind kind) => kind == HostKind.Silo ? "silo" : "standalone";

    /// <summary>The host's program.</summary>
    /// <exception cref="CommandException">It cannot be had here.</exception>
    public static string Program(this Workspace workspace, HostKind kind)
    {
        if (kind == HostKind.Silo && OrleansPackages.Problem is { } problem)
            throw new CommandException(ExitCodes.Unavailable, $"the silo needs the Orleans packages: {problem}", "Add a NuGet source that has them (dotnet nuget add source URL), or use --host standalone");
        var program = workspace.PathOf(kind);
        return File.Exists(program) ? program : throw new CommandException(
            ExitCodes.Unavailable, $"the {kind.Name()} host is not built: {program} is missing", "Run this through ./ingest, which builds it");
    }

    /// <summary>The silo where it can be had, else the standalone host.</summary>
    public static HostKind Best(this Workspace workspace) =>
        OrleansPackages.Problem is null && File.Exists(workspace.PathOf(HostKind.Silo)) ? HostKind.Silo : HostKind.Standalone;

    private static string PathOf(this Workspace workspace, HostKind kind) => kind == HostKind.Silo
        ? workspace.Program("src", "OrleansIngest.Silo", "ingest-silo")
        : workspace.Program("src", "OrleansIngest.Standalone", "ingest-standalone");
}

/// <summary>What set-up found out about the Orleans packages (INGEST_ORLEANS).</summary>
internal static class OrleansPackages
{
    /// <summary>Why they cannot be had; null where they can, or where nobody asked.</summary>
    public static string? Problem { get; } = Environment.GetEnvironmentVariable("INGEST_ORLEANS") switch
    {
        "absent" => "packages absent",
        "unreachable" => "package source unreachable",
        _ => null,
    };
}
