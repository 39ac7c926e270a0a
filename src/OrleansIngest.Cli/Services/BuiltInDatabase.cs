using System.Globalization;
using OrleansIngest.Cli.Terminal;
using OrleansIngest.Hosting;

namespace OrleansIngest.Cli.Services;

/// <summary>TimescaleDB from Debian's packages in <c>.local/</c>: a wrapper around deploy/setup/timescaledb.sh, which prints its own steps and errors.</summary>
internal sealed class BuiltInDatabase(Workspace workspace, Steps steps)
{
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(30);

    private string Script => Path.Combine(workspace.Home, "deploy", "setup", "timescaledb.sh");

    /// <summary>Sets it up where it is missing and starts it where it does not run.</summary>
    public async Task<DatabaseEndpoint> StartAsync(CancellationToken cancellationToken)
    {
        var exitCode = await ExternalCommand.RunAsync(Script, ["start"], cancellationToken);
        if (exitCode != 0) throw new SetupFailedException(exitCode);
        return await FindAsync(cancellationToken) ?? throw new CommandException(
            ExitCodes.Unavailable, "TimescaleDB was started, and does not run now", $"See what it says: {Workspace.Shown(Script)} status");
    }

    /// <summary>Where it listens; null where it does not run.</summary>
    public async Task<DatabaseEndpoint?> FindAsync(CancellationToken cancellationToken)
    {
        var (exitCode, output, _) = await ExternalCommand.CaptureAsync(Script, ["status"], StatusTimeout, cancellationToken);
        if (exitCode != 0) return null;
        var file = output.Split('\n').FirstOrDefault(l => l.StartsWith("env=", StringComparison.Ordinal))?["env=".Length..] ?? "";
        var values = EnvFile.Read(file);
        return new DatabaseEndpoint(
            values.GetValueOrDefault("TIMESCALE_HOST", "127.0.0.1"),
            int.Parse(values.GetValueOrDefault("TIMESCALE_PORT", "5432"), CultureInfo.InvariantCulture),
            values.GetValueOrDefault("TIMESCALE_USER", ""),
            values.GetValueOrDefault("TIMESCALE_PASSWORD", ""),
            values.GetValueOrDefault("TIMESCALE_DB", "ingest"),
            ServiceOrigin.BuiltIn);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var exitCode = await ExternalCommand.RunAsync(Script, ["stop"], cancellationToken);
        if (exitCode != 0) throw new SetupFailedException(exitCode);
        steps.Begin();
    }
}

/// <summary>A set-up script failed and has said why.</summary>
internal sealed class SetupFailedException(int exitCode) : Exception("A set-up script failed.")
{
    public int ExitCode { get; } = exitCode;
}
