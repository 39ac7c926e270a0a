using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace OrleansIngest.Cli.Testing;

/// <summary>What became of the tests of a project.</summary>
/// <param name="Passed">Tests that passed.</param>
/// <param name="Failed">Tests that failed, and clean-ups and fixtures that did.</param>
/// <param name="Skipped">Tests that did not run.</param>
/// <param name="Details">Each failure and each skipped test, for people.</param>
internal sealed record TestReport(int Passed, int Failed, int Skipped, IReadOnlyList<string> Details)
{
    public int Total => Passed + Failed + Skipped;

    /// <summary>Reads xunit's XML report; null where there is none that is whole.</summary>
    public static TestReport? TryRead(string path)
    {
        try
        {
            var assembly = XDocument.Load(path).Root?.Element("assembly");
            if (assembly is null) return null;
            var tests = assembly.Descendants("test").ToList();
            var errors = assembly.Element("errors")?.Elements("error").ToList() ?? [];
            return new TestReport(
                Number(assembly, "passed"),
                Number(assembly, "failed") + Number(assembly, "errors"),
                Number(assembly, "skipped"),
                [
                    .. tests.Where(t => Is(t, "Fail")).Select(Failure),
                    .. errors.Select(e => $"FAILED {(string?)e.Attribute("type")} {(string?)e.Attribute("name")}\n{Text(e.Element("failure"))}"),
                    .. tests.Where(t => Is(t, "Skip")).Select(t => $"skipped {(string?)t.Attribute("name")}: {t.Element("reason")?.Value.Trim()}"),
                ]);
        }
        catch (Exception e) when (e is IOException or XmlException)
        {
            return null;
        }
    }

    private static int Number(XElement element, string name) => int.Parse((string?)element.Attribute(name) ?? "0", CultureInfo.InvariantCulture);

    private static bool Is(XElement test, string result) => (string?)test.Attribute("result") == result;

    private static string Failure(XElement test)
    {
        var output = test.Element("output")?.Value.Trim() is { Length: > 0 } written ? $"\n  Output:\n{Indented(written)}" : "";
        return $"FAILED {(string?)test.Attribute("name")}\n{Text(test.Element("failure"))}{output}";
    }

    private static string Text(XElement? failure) =>
        Indented($"{failure?.Element("message")?.Value.Trim()}\n{failure?.Element("stack-trace")?.Value.TrimEnd()}");

    private static string Indented(string text) => string.Join('\n', text.Split('\n').Select(l => "  " + l.TrimEnd()));
}
