using System.Collections;
using Microsoft.Extensions.Configuration;
using OrleansIngest.Kafka;
using OrleansIngest.Timescale;

namespace OrleansIngest.Hosting.Configuration;

/// <summary>
/// Makes the settings of a host: <c>appsettings.json</c> and <c>appsettings.{profile}.json</c> of the configuration folder,
/// overridden by the environment (<c>Kafka__GroupId</c> and the aliases), overridden by the command line
/// (<c>--Kafka:GroupId=…</c>).
/// </summary>
public static class SettingsLoader
{
    /// <summary>Names another configuration folder than the one beside the program.</summary>
    public const string FolderVariable = "INGEST_CONFIG";

    /// <summary>The environment of this process.</summary>
    public static Dictionary<string, string> ProcessEnvironment()
    {
        var environment = new Dictionary<string, string>();
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            environment[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return environment;
    }

    /// <summary>Reads and validates everything.</summary>
    /// <param name="profile">Which <c>appsettings.{profile}.json</c> applies, such as <c>Standalone</c>.</param>
    /// <param name="arguments">Settings of the command line, <c>--Section:Key=value</c>.</param>
    /// <param name="environment">Environment variables.</param>
    /// <param name="configuration">The configuration that was read, for logging settings.</param>
    /// <param name="readOwn">Reads the sections of this host alone, and adds their mistakes.</param>
    /// <exception cref="ConfigurationException">With every mistake.</exception>
    public static IngestSettings Load(
        string profile, string[] arguments, IReadOnlyDictionary<string, string> environment, out IConfigurationRoot configuration,
        Action<IConfiguration, List<string>>? readOwn = null)
    {
        var mistakes = new List<string>();
        var folder = environment.GetValueOrDefault(FolderVariable) is { Length: > 0 } named
            ? named
            : Path.Combine(AppContext.BaseDirectory, "silo-config");
        if (!Directory.Exists(folder)) mistakes.Add($"{FolderVariable}: the configuration folder '{folder}' does not exist.");

        var aliases = EnvironmentAliases.Read(environment, mistakes);
        var builder = new ConfigurationBuilder();
        if (Directory.Exists(folder))
        {
            builder.SetBasePath(Path.GetFullPath(folder))
                .AddJsonFile("appsettings.json", optional: true)
                .AddJsonFile($"appsettings.{profile}.json", optional: true);
        }

        builder
            .AddInMemoryCollection(environment
                .Where(e => e.Key.Contains("__", StringComparison.Ordinal) && !e.Key.EndsWith("_FILE", StringComparison.Ordinal))
                .Select(e => new KeyValuePair<string, string?>(e.Key.Replace("__", ":"), e.Value)))
            .AddInMemoryCollection(SecretFiles(environment, mistakes))
            .AddInMemoryCollection(aliases.Values)
            .AddCommandLine(arguments);
        try
        {
            configuration = builder.Build();
        }
        catch (Exception e) when (e is InvalidDataException or FormatException)
        {
            mistakes.Add((e.InnerException is null ? "" : e.InnerException.Message + " in ") + e.Message);
            throw new ConfigurationException(mistakes);
        }

        var settings = new IngestSettings(
            SectionReader.Read<KafkaOptions>(configuration, KafkaOptions.Section, mistakes),
            SectionReader.Read<TimescaleOptions>(configuration, TimescaleOptions.Section, mistakes),
            SectionReader.Read<DeliveryOptions>(configuration, DeliveryOptions.Section, mistakes),
            SectionReader.Read<DeviceOptions>(configuration, DeviceOptions.Section, mistakes),
            SectionReader.Read<WebOptions>(configuration, WebOptions.Section, mistakes));
        if (aliases.TopicBindings is { } topics) settings.Kafka.Topics = topics;

        readOwn?.Invoke(configuration, mistakes);
        mistakes.AddRange(SettingsValidator.Validate(settings));
        return mistakes.Count == 0 ? settings : throw new ConfigurationException(mistakes);
    }

    // Section__Key_FILE names a file that holds the value of Section:Key.
    private static IEnumerable<KeyValuePair<string, string?>> SecretFiles(IReadOnlyDictionary<string, string> environment, List<string> mistakes)
    {
        var values = new List<KeyValuePair<string, string?>>();
        foreach (var (name, path) in environment)
        {
            if (path.Length == 0 || !name.Contains("__", StringComparison.Ordinal) || !name.EndsWith("_FILE", StringComparison.Ordinal)) continue;
            if (SecretFile.Read(name, path, mistakes) is { } value) values.Add(new(name[..^"_FILE".Length].Replace("__", ":"), value));
        }

        return values;
    }
}
