using System.Diagnostics;
using OrleansIngest.Testing.Timescale;

namespace OrleansIngest.EndToEnd.Tests.Cli;

/// <summary>What set-up finds out about the NuGet sources, with sources of the test's own.</summary>
public sealed class NuGetProbeTests : IDisposable
{
    private readonly string _folder = Directory.CreateDirectory(Path.Combine(RepositoryRoot.Path, ".local", "tests", $"probe-{Guid.NewGuid().ToString("N")[..8]}")).FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Answers => Path.Combine(_folder, ".local", "nuget.env");

    [Fact]
    public async Task Sources_without_the_packages_answer_absent_and_an_unreachable_one_answers_nothing()
    {
        await CopySetupAsync();
        var source = Directory.CreateDirectory(Path.Combine(_folder, "packages")).FullName;
        SetSource(source);
        var output = await ProbeAsync();
        Assert.Contains("librdkafka.redist", output);
        Assert.Contains("Orleans packages: absent from the NuGet sources (NU1101)", output);
        var answers = await File.ReadAllTextAsync(Answers, Cancelled);
        Assert.Contains("ORLEANS=absent", answers);
        Assert.Contains("LIBRDKAFKA=local", answers);

        Assert.Empty(await ProbeAsync()); // answered already

        SetSource("https://127.0.0.1:9/index.json");
        output = await ProbeAsync();
        Assert.Contains("cannot be reached", output);
        Assert.Contains("the earlier answers", output);
        Assert.Equal(answers, await File.ReadAllTextAsync(Answers, Cancelled));
    }

    /// <inheritdoc />
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void SetSource(string source) => File.WriteAllText(
        Path.Combine(_folder, "nuget.config"),
        $"""<configuration><packageSources><clear /><add key="only" value="{source}" /></packageSources></configuration>""");

    // Its feed of librdkafka counts as made, so that nothing is compiled.
    private async Task CopySetupAsync()
    {
        var version = System.Xml.Linq.XDocument.Load(Path.Combine(RepositoryRoot.Path, "Directory.Packages.props"))
            .Descendants("PackageVersion").Single(p => (string?)p.Attribute("Include") == "Confluent.Kafka").Attribute("Version")!.Value;
        using var copy = Process.Start("cp", ["-r", Path.Combine(RepositoryRoot.Path, "deploy"), Path.Combine(RepositoryRoot.Path, "Directory.Packages.props"), _folder]);
        await copy.WaitForExitAsync();
        Assert.Equal(0, copy.ExitCode);
        Directory.CreateDirectory(Path.Combine(_folder, ".local", "nuget"));
        await File.WriteAllTextAsync(Path.Combine(_folder, ".local", "nuget", $"librdkafka.redist.{version}.nupkg"), "");
    }

    private async Task<string> ProbeAsync()
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(_folder, "deploy", "setup", "nuget.sh")]) { RedirectStandardError = true };
        start.Environment["NO_COLOR"] = "1";
        using var process = Process.Start(start)!;
        var output = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output);
        return output;
    }
}
