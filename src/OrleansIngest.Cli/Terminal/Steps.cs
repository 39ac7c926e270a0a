using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace OrleansIngest.Cli.Terminal;

/// <summary>
/// Progress and errors, on stderr: one line a step with the time that it took, as the set-up scripts print them. Stdout
/// belongs to results.
/// </summary>
internal sealed class Steps
{
    private readonly Stopwatch _step = Stopwatch.StartNew();

    /// <summary>A step begins here.</summary>
    public void Begin() => _step.Restart();

    /// <summary>The step has ended; the next begins.</summary>
    public void Done(string text)
    {
        Line(string.Create(CultureInfo.InvariantCulture, $"[{_step.Elapsed.TotalSeconds,7:0.0} s]"), "dim", text);
        Begin();
    }

    /// <summary>Something worth knowing that is no step.</summary>
    public void Note(string text) => Line("           ", "dim", text);

    /// <summary>What happened, then what to do about it.</summary>
    public void Error(string what, IEnumerable<string> next)
    {
        Line("error:", "red", what);
        foreach (var line in next) Console.Error.WriteLine("  " + line);
    }

    // Not through the console's own line breaking: a line may be longer than the window.
    private void Line(string label, string style, string text)
    {
        Consoles.Error.Markup($"[{style}]{Markup.Escape(label)}[/] ");
        Console.Error.WriteLine(text);
    }
}
