using Spectre.Console;

namespace OrleansIngest.Cli.Terminal;

/// <summary>The two streams of this process. Neither colours nor cursor movements where a stream is no terminal, or NO_COLOR is set.</summary>
internal static class Consoles
{
    /// <summary>Lines of a file need no breaking.</summary>
    private const int WidthOfFiles = 200;

    /// <summary>Stdout: results.</summary>
    public static IAnsiConsole Output { get; } = Create(Console.Out, Console.IsOutputRedirected);

    /// <summary>Stderr: progress and errors.</summary>
    public static IAnsiConsole Error { get; } = Create(Console.Error, Console.IsErrorRedirected);

    private static IAnsiConsole Create(TextWriter writer, bool isRedirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (isRedirected) console.Profile.Width = WidthOfFiles;
        return console;
    }
}
