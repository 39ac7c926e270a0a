using System.Text.Json;

namespace OrleansIngest.Cli.Testing;

/// <summary>A project with tests.</summary>
/// <param name="Name">Project name.</param>
/// <param name="Program">The program that it builds; xunit's projects are executables.</param>
/// <param name="NeedsOrleans">Whether it is left out where the Orleans packages cannot be had.</param>
internal sealed record TestProject(string Name, string Program, bool NeedsOrleans)
{
    /// <summary>Every test project below tests/, in the order of their names.</summary>
    public static IReadOnlyList<TestProject> FindAll(Workspace workspace)
    {
        var withoutOrleans = StandaloneProjects(workspace);
        return [.. Directory.EnumerateFiles(Path.Combine(workspace.Home, "tests"), "*.csproj", SearchOption.AllDirectories)
            .Where(HasTests)
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal)
            .Select(name => new TestProject(name, workspace.Program("tests", name, name), !withoutOrleans.Contains(name)))];
    }

    private static bool HasTests(string project)
    {
        var text = File.ReadAllText(project);
        return text.Contains("\"xunit.v3\"", StringComparison.Ordinal) && text.Contains("\"Microsoft.NET.Test.Sdk\"", StringComparison.Ordinal);
    }

    private static HashSet<string> StandaloneProjects(Workspace workspace)
    {
        using var filter = JsonDocument.Parse(File.ReadAllText(Path.Combine(workspace.Home, "OrleansIngest.Standalone.slnf")));
        return [.. filter.RootElement.GetProperty("solution").GetProperty("projects").EnumerateArray()
            .Select(p => Path.GetFileNameWithoutExtension(p.GetString()!.Replace('\\', '/')))];
    }
}
