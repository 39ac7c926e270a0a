using System.Globalization;
using OrleansIngest.Timescale;

namespace OrleansIngest.Testing.Timescale;

/// <summary>A TimescaleDB server that tests make their databases on.</summary>
/// <param name="Host">Host name.</param>
/// <param name="Port">Port.</param>
/// <param name="User">A role that may create databases.</param>
/// <param name="Password">Its password.</param>
public sealed record TimescaleTestServer(string Host, int Port, string User, string Password)
{
    /// <summary>
    /// Finds the server as the launcher does: TIMESCALE_HOST and the like in the environment, else what
    /// <c>./ingest up</c> noted in <c>.local/services.env</c>, else the instance of <c>deploy/setup/timescaledb.sh</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is none; the message says what to do.</exception>
    public static TimescaleTestServer Find()
    {
        var local = Path.Combine(RepositoryRoot.Path, ".local");
        return FromSettings(Environment.GetEnvironmentVariable)
            ?? FromFile(Path.Combine(local, "services.env"))
            ?? FromFile(Path.Combine(local, "timescaledb", "default.env"))
            ?? throw new InvalidOperationException(
                "The tests need a TimescaleDB server. Start one with ./ingest up (or deploy/setup/timescaledb.sh start), or set TIMESCALE_HOST, TIMESCALE_PORT, TIMESCALE_USER and TIMESCALE_PASSWORD.");
    }

    /// <summary>The server that a file of KEY=value lines describes; null where there is no such file, or no server in it.</summary>
    public static TimescaleTestServer? FromFile(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var settings = File.ReadLines(path)
            .Select(line => line.Split('=', 2))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0].Trim(), parts => parts[1].Trim());
        return FromSettings(settings.GetValueOrDefault);
    }

    /// <summary>Options that reach a database of this server, with delays that suit tests.</summary>
    public TimescaleOptions OptionsFor(string database) => new()
    {
        Host = Host,
        Port = Port,
        Username = User,
        Password = Password,
        Database = database,
        RetryDelay = TimeSpan.FromMilliseconds(50),
        MaxRetryDelay = TimeSpan.FromMilliseconds(500),
    };

    private static TimescaleTestServer? FromSettings(Func<string, string?> setting) =>
        setting("TIMESCALE_HOST") is not { Length: > 0 } host
            ? null
            : new TimescaleTestServer(
                host,
                int.Parse(setting("TIMESCALE_PORT") is { Length: > 0 } port ? port : "5432", CultureInfo.InvariantCulture),
                setting("TIMESCALE_USER") ?? "postgres",
                setting("TIMESCALE_PASSWORD") ?? "");
}
