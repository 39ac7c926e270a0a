namespace OrleansIngest.Bench;

/// <summary>The benchmark cannot go on; the message says why and what to do.</summary>
internal sealed class BenchException(int exitCode, string message) : Exception(message)
{
    /// <summary>What the process ends with.</summary>
    public int ExitCode { get; } = exitCode;
}
