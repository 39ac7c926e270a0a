using System.Text;
using Npgsql;

namespace OrleansIngest.Timescale.Connections;

/// <summary>The ways to the database: one place that knows roles, passwords and connection settings.</summary>
public sealed class TimescaleConnections : IAsyncDisposable
{
    private const int MaxApplicationName = 63; // PostgreSQL cuts off the rest

    private const int SetupTimeoutSeconds = 10;

    // Half a minute after a host has vanished without a word, the server ends its sessions and frees their locks.
    private const string SessionSetup =
        """
        SELECT set_config('tcp_keepalives_idle', '10', false),
               set_config('tcp_keepalives_interval', '5', false),
               set_config('tcp_keepalives_count', '3', false),
               set_config('client_connection_check_interval', '2s', false)
        """;

    /// <summary>Connects to nothing yet.</summary>
    /// <param name="options">The section <c>Timescale</c>.</param>
    /// <param name="role">What this process is, such as <c>standalone</c>: the server then lists its sessions as <c>orleans-ingest standalone host/pid</c>; null for <c>orleans-ingest</c>.</param>
    /// <exception cref="ArgumentException"><see cref="TimescaleOptions.ConnectionSettings"/> cannot be read.</exception>
    public TimescaleConnections(TimescaleOptions options, string? role = null)
    {
        var settings = Parse(options);
        settings.ApplicationName = ApplicationNameOf(role);
        Endpoint = $"{settings.Host}:{settings.Port}/{settings.Database}";
        WriteRole = options.Username;

        Queries = NpgsqlDataSource.Create(With(settings, s => s.MaxPoolSize = 16));
        Maintenance = NpgsqlDataSource.Create(With(settings, s =>
        {
            s.MaxPoolSize = 4;
            s.CommandTimeout = 0; // making a hypertable of a table with data takes as long as it takes
            if (options.MaintenanceUsername.Length > 0)
            {
                s.Username = options.MaintenanceUsername;
                s.Password = options.MaintenancePassword;
            }
        }));

        ClusterSettings = With(settings, s =>
        {
            s.MaxPoolSize = 8;
            s.Timeout = s.CommandTimeout = 10; // a silo that cannot tell that it lives tries again
        }).ConnectionString;

        var sessions = new NpgsqlDataSourceBuilder(With(settings, s => s.Pooling = false).ConnectionString);
        sessions.UsePhysicalConnectionInitializer(
            connection =>
            {
                using var command = new NpgsqlCommand(SessionSetup, connection) { CommandTimeout = SetupTimeoutSeconds };
                command.ExecuteNonQuery();
            },
            async connection =>
            {
                await using var command = new NpgsqlCommand(SessionSetup, connection) { CommandTimeout = SetupTimeoutSeconds };
                await command.ExecuteNonQueryAsync();
            });
        Sessions = sessions.Build();
    }

    /// <summary>Short queries of the write role; pooled.</summary>
    public NpgsqlDataSource Queries { get; }

    /// <summary>Long-lived sessions of the write role, not pooled: closing one ends it at the server and frees its locks.</summary>
    public NpgsqlDataSource Sessions { get; }

    /// <summary>The role that owns the tables; the write role where no other is configured.</summary>
    public NpgsqlDataSource Maintenance { get; }

    /// <summary>How a silo's cluster providers connect, who open connections by themselves: Npgsql's settings of the write role, password and all.</summary>
    public string ClusterSettings { get; }

    /// <summary>Where the database is, for messages: <c>host:port/database</c>.</summary>
    public string Endpoint { get; }

    /// <summary>The role that writes, which migrations grant what it needs.</summary>
    public string WriteRole { get; }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Queries.DisposeAsync();
        await Sessions.DisposeAsync();
        await Maintenance.DisposeAsync();
    }

    internal static NpgsqlConnectionStringBuilder Parse(TimescaleOptions options)
    {
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(options.ConnectionSettings);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException)
        {
            // Not the inner exception: it may quote the settings, and these may hold a password.
            throw new ArgumentException(
                "Timescale:ConnectionSettings cannot be read; it takes Npgsql's form, such as \"SSL Mode=VerifyFull;Root Certificate=/etc/ca.pem\".");
        }

        // A COPY waits as long as its table is locked; the limit is for a server that has vanished in the middle of one.
        if (!settings.ShouldSerialize("Command Timeout"))
        {
            settings.CommandTimeout = 300;
        }

        settings.Host = options.Host;
        settings.Port = options.Port;
        settings.Database = options.Database;
        settings.Username = options.Username;
        settings.Password = options.Password;
        settings.TcpKeepAlive = true;
        settings.TcpKeepAliveTime = 10;
        settings.TcpKeepAliveInterval = 5;
        return settings;
    }

    internal static NpgsqlConnectionStringBuilder With(
        NpgsqlConnectionStringBuilder settings, Action<NpgsqlConnectionStringBuilder> change)
    {
        var copy = new NpgsqlConnectionStringBuilder(settings.ConnectionString);
        change(copy);
        return copy;
    }

    private static string ApplicationNameOf(string? role)
    {
        if (role is null)
        {
            return "orleans-ingest";
        }

        var before = $"orleans-ingest {role} ";
        var after = $"/{Environment.ProcessId}";
        var room = Math.Max(0, MaxApplicationName - Encoding.UTF8.GetByteCount(before + after));
        var host = Environment.MachineName;
        return before + host[..Math.Min(host.Length, room)] + after;
    }
}
