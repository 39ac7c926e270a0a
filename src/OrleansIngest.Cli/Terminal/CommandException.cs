namespace OrleansIngest.Cli.Terminal;

/// <summary>A command cannot go on; the message says what happened, <paramref name="next"/> what to do about it, a line each.</summary>
internal sealed class CommandException(int exitCode, string message, params string[] next) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    public IReadOnlyList<string> Next { get; } = next;
}
