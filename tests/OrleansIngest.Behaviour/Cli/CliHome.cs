using System.Diagnostics;
using Npgsql;
using OrleansIngest.Testing.Timescale;

namespace OrleansIngest.Behaviour.Cli;

/// <summary>
/// A folder that the command line takes for its clone: the built programs and scripts are this clone's, what it starts and
/// notes in <c>.local/</c> is the folder's own. So nothing here touches the services that other tests or people use.
/// </summary>
public sealed class CliHome : IAsyncDisposable
{
    private static readonly string[] Shared = ["OrleansIngest.sln", "OrleansIngest.Standalone.slnf", "Directory.Packages.props", "src", "tests", "silo-config"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    // A script works for the clone that it lies in, and a server is chrooted: neither may be a symbolic link.
    private const string CopySetup =
        """
        cp -r "$1/deploy" "$2"
        tree=.local/timescaledb/root
        mkdir -p "$2/$tree/instances"
        mkdir -m 1777 "$2/$tree/tmp"
        find "$1/$tree" -mindepth 1 -maxdepth 1 ! -name instances ! -name tmp -exec cp -al -t "$2/$tree" {} +
        """;

    // What would name services: here none are configured.
    private static readonly string[] ServiceNames = ["KAFKA_", "REDPANDA_", "TIMESCALE", "POSTGRES_", "BROKER_", "INGEST_"];

    private readonly string _folder;
    private readonly Dictionary<string, string> _environment = [];
    private readonly string _program;

    private CliHome(string folder)
    {
        _folder = folder;
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        _program = Path.Combine(folder, "src", "OrleansIngest.Cli", "bin", configuration, "net10.0", "ingest.dll");
    }

    /// <summary>What the command line keeps there.</summary>
    public string Local => Path.Combine(_folder, ".local");

    /// <summary>Makes a folder, for commands that start nothing.</summary>
    public static CliHome Create()
    {
        var folder = Directory.CreateDirectory(Path.Combine(RepositoryRoot.Path, ".local", "tests", $"cli-{Guid.NewGuid().ToString("N")[..8]}")).FullName;
        foreach (var name in Shared) File.CreateSymbolicLink(Path.Combine(folder, name), Path.Combine(RepositoryRoot.Path, name));
        return new CliHome(folder);
    }

    /// <summary>Makes a folder whose TimescaleDB need not be downloaded. The test is skipped where it was never set up.</summary>
    public static async Task<CliHome> CreateWithServerAsync()
    {
        var server = Path.Combine(RepositoryRoot.Path, ".local", "timescaledb", "root");
        Assert.SkipUnless(Directory.Exists(server), "This needs the built-in TimescaleDB, and ./ingest up has not set it up here.");
        var home = Create();
        using var link = Process.Start("bash", ["-euc", CopySetup, "bash", RepositoryRoot.Path, home._folder]);
        await link.WaitForExitAsync();
        Assert.Equal(0, link.ExitCode);
        return home;
    }

    /// <summary>What commands find in their environment, beside what this process has and names no services.</summary>
    public IDictionary<string, string> Environment => _environment;

    /// <summary>Configures the services that another clone has started.</summary>
    public void UseServicesOf(CliHome owner) => Use(Read(owner.Local));

    /// <summary>Configures the services that the tests themselves work with.</summary>
    public void UseServicesOfTests()
    {
        var named = System.Environment.GetEnvironmentVariables();
        if (!named.Contains("TIMESCALE_HOST")) Use(Read(Path.Combine(RepositoryRoot.Path, ".local")));
        else Use(named.Keys.Cast<string>().Where(n => ServiceNames.Any(s => n.StartsWith(s, StringComparison.Ordinal))).Select(n => (n, (string)named[n]!)));
    }

    /// <summary>Runs a command to its end.</summary>
    public async Task<CommandResult> RunAsync(string command, CancellationToken cancellationToken)
    {
        using var process = Start(command);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        // Not the end of the streams: what the command leaves running may have inherited them.
        var output = new List<string>();
        var progress = new List<string>();
        process.OutputDataReceived += (_, e) => Add(output, e.Data);
        process.ErrorDataReceived += (_, e) => Add(progress, e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"'ingest {command}' has not ended within {Patience}.\n{string.Join('\n', output.Concat(progress).TakeLast(40))}");
        }

        return new CommandResult(command, process.ExitCode, output, string.Join('\n', progress));

        static void Add(List<string> lines, string? line)
        {
            if (line is not null) lines.Add(line);
        }
    }

    /// <summary>Rows in the tables of the database server that was started here; 0 where there are no tables.</summary>
    public async Task<long> CountRowsAsync(CancellationToken cancellationToken, string database = "ingest")
    {
        var server = TimescaleTestServer.FromFile(Path.Combine(Local, "services.env"))!;
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
        {
            Host = server.Host, Port = server.Port, Username = server.User, Password = server.Password, Database = database, Pooling = false,
        });
        await using var exists = source.CreateCommand("SELECT to_regclass('iot_measurements') IS NOT NULL");
        if (!(bool)(await exists.ExecuteScalarAsync(cancellationToken))!) return 0;
        await using var count = source.CreateCommand(
            "SELECT (SELECT count(*) FROM iot_measurements) + (SELECT count(*) FROM iot_raw_data) + (SELECT count(*) FROM sensor_data) + (SELECT count(*) FROM events)");
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Ends what was started here and removes the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(Local, "services.env"))) (await RunAsync("down", CancellationToken.None)).AssertExit(0);
        Directory.Delete(_folder, recursive: true);
    }

    private static IEnumerable<(string Name, string Value)> Read(string local) =>
        File.ReadLines(Path.Combine(local, "services.env")).Select(line => line.Split('=', 2)).Select(parts => (parts[0], parts[1]));

    private void Use(IEnumerable<(string Name, string Value)> services)
    {
        foreach (var (name, value) in services.Where(s => !s.Name.StartsWith("INGEST_", StringComparison.Ordinal))) _environment[name] = value;
    }

    private Process Start(string command)
    {
        var start = new ProcessStartInfo("dotnet", [_program, .. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        foreach (var name in start.Environment.Keys.Where(k => k.Contains("__") || ServiceNames.Any(n => k.StartsWith(n, StringComparison.Ordinal))).ToList())
            start.Environment.Remove(name);
        start.Environment["INGEST_HOME"] = _folder;
        start.Environment["NO_COLOR"] = "1";
        foreach (var (name, value) in _environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
