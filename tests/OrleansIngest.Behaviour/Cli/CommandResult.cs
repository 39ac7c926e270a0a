namespace OrleansIngest.Behaviour.Cli;

/// <summary>What a command came to.</summary>
/// <param name="Command">As it was called, for messages.</param>
/// <param name="ExitCode">Exit code.</param>
/// <param name="Output">Its stdout, line by line.</param>
/// <param name="Progress">Its stderr.</param>
public sealed record CommandResult(string Command, int ExitCode, IReadOnlyList<string> Output, string Progress)
{
    /// <summary>Fails unless the exit code is this one.</summary>
    public CommandResult AssertExit(int code)
    {
        Assert.True(ExitCode == code, $"'ingest {Command}' ended with {ExitCode}, not {code}.\n{string.Join('\n', Output.TakeLast(20))}\n{Progress}");
        return this;
    }
}
