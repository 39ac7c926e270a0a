using Microsoft.Extensions.Configuration;
using OrleansIngest.Hosting.Configuration;

namespace OrleansIngest.Cli.Services;

/// <summary>
/// The settings as hosts read them: files of the configuration folder, the environment with its aliases, the command
/// line. Immutable; services that we started are added by <see cref="With(ServiceSet)"/>.
/// </summary>
internal sealed class Settings
{
    private const string KafkaKey = "Kafka:BootstrapServers";
    private const string HostKey = "Timescale:Host";

    // The environment names of each service: those of one that we start must not be mixed with leftovers of another.
    private static readonly string[] KafkaNames =
        ["KAFKA_BOOTSTRAP_SERVERS", "KAFKA_BROKERS", "REDPANDA_BROKERS", "Kafka__BootstrapServers", "Kafka__Client__"];

    private static readonly string[] DatabaseNames =
    [
        "TIMESCALE_", "TIMESCALEDB_", "POSTGRES_", "Timescale__Host", "Timescale__Port", "Timescale__Database", "Timescale__Username",
        "Timescale__Password", "Timescale__Maintenance", "Timescale__ConnectionSettings",
    ];

    private readonly Dictionary<string, string> _environment;
    private readonly string[] _arguments;
    private readonly string _profile;

    private Settings(Dictionary<string, string> environment, string[] arguments, string profile)
    {
        _environment = environment;
        _arguments = arguments;
        _profile = profile;
    }

    /// <summary>The environment that a host needs to read the same settings.</summary>
    public IReadOnlyDictionary<string, string> Environment => _environment;

    /// <param name="workspace">Whose configuration folder applies where the environment names none.</param>
    /// <param name="folder">Another configuration folder; null for the usual one.</param>
    /// <param name="arguments">Settings of the command line.</param>
    public static Settings Read(Workspace workspace, string? folder = null, params string[] arguments)
    {
        var environment = SettingsLoader.ProcessEnvironment();
        if (folder is not null) environment[SettingsLoader.FolderVariable] = Path.GetFullPath(folder);
        else if (environment.GetValueOrDefault(SettingsLoader.FolderVariable) is not { Length: > 0 }) environment[SettingsLoader.FolderVariable] = workspace.Configuration;
        var profile = environment.GetValueOrDefault(Hosts.ProfileVariable) is { Length: > 0 } named ? named : Hosts.StandaloneProfile;
        return new Settings(environment, arguments, profile);
    }

    /// <summary>Which of the two services the settings name.</summary>
    /// <exception cref="ConfigurationException">Aliases disagree, or a file cannot be read.</exception>
    public (bool Kafka, bool Database) Named()
    {
        var mistakes = new List<string>();
        var aliases = EnvironmentAliases.Read(_environment, mistakes);
        if (mistakes.Count > 0) throw new ConfigurationException(mistakes);
        var builder = new ConfigurationBuilder();
        if (Directory.Exists(_environment[SettingsLoader.FolderVariable]))
        {
            builder.SetBasePath(Path.GetFullPath(_environment[SettingsLoader.FolderVariable]))
                .AddJsonFile("appsettings.json", optional: true)
                .AddJsonFile($"appsettings.{_profile}.json", optional: true);
        }

        try
        {
            var configuration = builder.AddInMemoryCollection(aliases.Values).AddCommandLine(_arguments).Build();
            return (configuration[KafkaKey] is { Length: > 0 }, configuration[HostKey] is { Length: > 0 });
        }
        catch (Exception e) when (e is InvalidDataException or FormatException)
        {
            throw new ConfigurationException([(e.InnerException is null ? "" : e.InnerException.Message + " in ") + e.Message]);
        }
    }

    /// <summary>The same, with those of the services that we started.</summary>
    public Settings With(ServiceSet services) => With(services.Kafka, services.Database);

    /// <inheritdoc cref="With(ServiceSet)"/>
    public Settings With(KafkaEndpoint? kafka, DatabaseEndpoint? database)
    {
        var environment = new Dictionary<string, string>(_environment);
        if (kafka is { Origin: not ServiceOrigin.Configured })
        {
            Remove(environment, KafkaNames);
            environment["KAFKA_BOOTSTRAP_SERVERS"] = kafka.BootstrapServers;
        }

        if (database is { Origin: not ServiceOrigin.Configured })
        {
            Remove(environment, DatabaseNames);
            environment["TIMESCALE_HOST"] = database.Host;
            environment["TIMESCALE_PORT"] = FormattableString.Invariant($"{database.Port}");
            environment["TIMESCALE_USER"] = database.Username;
            environment["TIMESCALE_PASSWORD"] = database.Password;
            environment["TIMESCALE_DB"] = database.Database;
        }

        return new Settings(environment, _arguments, _profile);
    }

    /// <summary>The same, with one environment variable more.</summary>
    public Settings With(string variable, string value) => new(new(_environment) { [variable] = value }, _arguments, _profile);

    /// <summary>The same without these environment variables and their <c>_FILE</c> forms.</summary>
    public Settings Without(params string[] variables)
    {
        var environment = new Dictionary<string, string>(_environment);
        foreach (var variable in variables)
        {
            environment.Remove(variable);
            environment.Remove(variable + "_FILE");
        }

        return new Settings(environment, _arguments, _profile);
    }

    /// <summary>The same, with more settings of the command line.</summary>
    public Settings WithArguments(params string[] arguments) => new(_environment, [.. _arguments, .. arguments], _profile);

    /// <summary>The same, as a host of this profile reads them: <c>appsettings.{profile}.json</c> applies.</summary>
    public Settings For(string profile) => new(_environment, _arguments, profile);

    /// <summary>Everything, validated.</summary>
    /// <exception cref="ConfigurationException">With every mistake.</exception>
    public IngestSettings Load() => SettingsLoader.Load(_profile, _arguments, _environment, out _);

    /// <summary>As <see cref="Load()"/>, for a command that needs no database: whatever is said of one does not matter.</summary>
    public IngestSettings LoadForKafka() => Without(DatabaseNames, HostKey, "Timescale:Username").Load();

    /// <summary>As <see cref="Load()"/>, for a command that needs no broker: whatever is said of one does not matter.</summary>
    public IngestSettings LoadForDatabase() => Without(KafkaNames, KafkaKey).Load();

    private Settings Without(string[] names, params string[] required)
    {
        var environment = new Dictionary<string, string>(_environment);
        Remove(environment, names);
        return new Settings(environment, [.. _arguments, .. required.Select(key => $"--{key}=unused:9092")], _profile);
    }

    private static void Remove(Dictionary<string, string> environment, string[] names)
    {
        foreach (var name in environment.Keys.Where(k => names.Any(n => k.StartsWith(n, StringComparison.OrdinalIgnoreCase))).ToList())
            environment.Remove(name);
    }
}
