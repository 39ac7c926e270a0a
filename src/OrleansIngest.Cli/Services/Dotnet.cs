namespace OrleansIngest.Cli.Services;

/// <summary>How programs of this solution are run.</summary>
internal static class Dotnet
{
    /// <summary>The runtime that runs this program; else the one on the path.</summary>
    public static string Runtime { get; } =
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : FindOnPath();

    /// <summary>The command line itself.</summary>
    public static string ThisProgram { get; } = Path.Combine(AppContext.BaseDirectory, "ingest.dll");

    public static IEnumerable<string> Command(string program, params IEnumerable<string> arguments) => [Runtime, program, .. arguments];

    private static string FindOnPath() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "dotnet"))
            .FirstOrDefault(File.Exists) ?? "dotnet";
}
