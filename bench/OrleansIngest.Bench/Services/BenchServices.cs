using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Kafka;
using OrleansIngest.Kafka.Clients;
using OrleansIngest.Timescale;

namespace OrleansIngest.Bench.Services;

/// <summary>Which broker and database the benchmarks use: those of the environment, else those that <c>./ingest up</c> started.</summary>
internal sealed class BenchServices
{
    private const string Solution = "OrleansIngest.sln";

    // Other topics than the round's are not there.
    private static readonly string[] TopicNames = ["KAFKA_TOPICS", "KAFKA_INPUT_TOPIC", "RAW_TOPIC"];

    private readonly Dictionary<string, string> _environment;
    private readonly IngestSettings _settings;
    private readonly string _home;

    private BenchServices(string home, Dictionary<string, string> environment)
    {
        _home = home;
        _environment = environment;
        _settings = SettingsLoader.Load("Standalone", [$"--Timescale:Database={BenchDatabase.Name}"], environment, out _);
        Clients = new KafkaClients(_settings.Kafka, NullLogger<KafkaClients>.Instance);
    }

    /// <summary>How to reach the broker.</summary>
    public KafkaOptions Kafka => _settings.Kafka;

    /// <summary>How to reach the benchmarks' own database.</summary>
    public TimescaleOptions Timescale => _settings.Timescale;

    /// <summary>Makes Kafka clients.</summary>
    public KafkaClients Clients { get; }

    /// <summary>The built-in broker's control port; null where the broker is a real one.</summary>
    public Uri? BrokerControl => _environment.TryGetValue("BROKER_CONTROL", out var address) ? new Uri(address) : null;

    /// <summary>The standalone host, built in the same configuration as this program.</summary>
    /// <exception cref="BenchException">It is not built.</exception>
    public string StandaloneProgram => Find("src", "OrleansIngest.Standalone", "ingest-standalone") ?? throw new BenchException(
        ExitCodes.Unavailable, "The standalone host is not built. Use ./ingest bench, which builds it.");

    /// <summary>The silo; null where the Orleans packages cannot be had.</summary>
    public string? SiloProgram => Find("src", "OrleansIngest.Silo", "ingest-silo");

    /// <summary>The silo that discards; null where the Orleans packages cannot be had.</summary>
    public string? DiscardingProgram => Find("bench", "OrleansIngest.Bench.Silo", "OrleansIngest.Bench.Silo");

    /// <summary>What the environment and <c>.local/services.env</c> name.</summary>
    /// <exception cref="ConfigurationException">The settings have mistakes, or name no services.</exception>
    public static BenchServices Find()
    {
        var home = Home();
        var environment = SettingsLoader.ProcessEnvironment();
        var started = Path.Combine(home, ".local", "services.env");
        if (File.Exists(started))
        {
            // What is said of one service says nothing of another that the environment names.
            if (!environment.ContainsKey("KAFKA_BOOTSTRAP_SERVERS")) Add(environment, started, "KAFKA_", "BROKER_");
            if (!environment.ContainsKey("TIMESCALE_HOST")) Add(environment, started, "TIMESCALE_");
        }

        environment.TryAdd(SettingsLoader.FolderVariable, Path.Combine(home, "silo-config"));
        return new BenchServices(home, environment);
    }

    /// <summary>The environment of a host that reads one topic, of the format <c>decoded</c>.</summary>
    public Dictionary<string, string> HostEnvironment(string topic)
    {
        var environment = new Dictionary<string, string>(_environment);
        foreach (var name in TopicNames) environment.Remove(name);
        environment["KAFKA_INPUT_TOPIC"] = topic;
        return environment;
    }

    // A silo that was built when its packages could be had is no silo of today.
    private string? Find(string folder, string project, string assembly)
    {
        if (project != "OrleansIngest.Standalone" && _environment.GetValueOrDefault("INGEST_ORLEANS") is "absent" or "unreachable") return null;
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Path.Combine(_home, folder, project, "bin", configuration, "net10.0", assembly + ".dll");
        return File.Exists(program) ? program : null;
    }

    private static void Add(Dictionary<string, string> environment, string file, params string[] prefixes)
    {
        foreach (var line in File.ReadLines(file))
        {
            var equals = line.IndexOf('=');
            if (equals > 0 && Array.Exists(prefixes, p => line.StartsWith(p, StringComparison.Ordinal))) environment[line[..equals]] = line[(equals + 1)..];
        }
    }

    private static string Home()
    {
        if (Environment.GetEnvironmentVariable("INGEST_HOME") is { Length: > 0 } named) return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution))) return folder.FullName;
        }

        throw new BenchException(ExitCodes.Usage, $"{AppContext.BaseDirectory} lies in no clone of OrleansIngest. Use ./ingest bench.");
    }
}
