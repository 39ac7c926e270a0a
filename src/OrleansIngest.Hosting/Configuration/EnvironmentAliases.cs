using System.Globalization;
using Npgsql;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka;

namespace OrleansIngest.Hosting.Configuration;

/// <summary>
/// The environment names of the systems that this one replaces, so that a deployment can switch by changing its image.
/// Each may also be given as <c>NAME_FILE</c>, the path of a file that holds the value.
/// </summary>
public sealed class EnvironmentAliases
{
    private static readonly (string Key, string[] Names)[] Plain =
    [
        ("Kafka:BootstrapServers", ["KAFKA_BOOTSTRAP_SERVERS", "KAFKA_BROKERS", "REDPANDA_BROKERS"]),
        ("Timescale:Host", ["TIMESCALE_HOST", "TIMESCALEDB_HOST", "POSTGRES_HOST"]),
        ("Timescale:Port", ["TIMESCALE_PORT", "TIMESCALEDB_PORT", "POSTGRES_PORT"]),
        ("Timescale:Database", ["TIMESCALE_DB", "TIMESCALEDB_DB", "POSTGRES_DB"]),
        ("Timescale:Username", ["TIMESCALE_USER", "TIMESCALEDB_USER", "POSTGRES_USER"]),
        ("Timescale:Password", ["TIMESCALE_PASSWORD", "TIMESCALEDB_PASSWORD", "POSTGRES_PASSWORD"]),
        ("Timescale:BatchSize", ["BATCH_SIZE"]),
    ];

    // What each name was for in its own system.
    private static readonly (string Name, RecordFormat Format)[] Topics =
    [
        ("KAFKA_TOPICS", RecordFormat.Sensor),
        ("KAFKA_INPUT_TOPIC", RecordFormat.Decoded),
        ("RAW_TOPIC", RecordFormat.Raw),
    ];

    private static readonly (string Name, string Asks)[] NotYet =
    [
        ("REDIS_URL", "reading from a Redis stream"),
        ("QUEUE_TYPE", "another queue than Kafka"),
        ("STORAGE_TYPE", "object storage"),
        ("STORAGE_PATH", "object storage"),
        ("ENRICHED_TOPIC", "enriched records as input"),
        ("SMART_BREAKER_TOPIC", "enriched records as input"),
    ];

    private readonly Dictionary<string, (string Name, string Value)> _values = [];

    private EnvironmentAliases()
    {
    }

    /// <summary>Configuration keys and their values.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Values =>
        _values.Select(v => new KeyValuePair<string, string?>(v.Key, v.Value.Value));

    /// <summary>The topics that aliases name; they replace the configured list. Null where none does.</summary>
    public List<TopicBinding>? TopicBindings { get; private set; }

    /// <summary>Reads the environment; what is wrong is added to <paramref name="mistakes"/>.</summary>
    public static EnvironmentAliases Read(IReadOnlyDictionary<string, string> environment, List<string> mistakes)
    {
        var aliases = new EnvironmentAliases();
        foreach (var (key, names) in Plain)
        {
            aliases.Set(key, key.Replace(":", "__"), Value(environment, key.Replace(":", "__"), mistakes), mistakes);
            foreach (var name in names) aliases.Set(key, name, Value(environment, name, mistakes), mistakes);
        }

        aliases.ReadUrl(Value(environment, "POSTGRES_URL", mistakes), mistakes);
        if (Value(environment, "BATCH_TIMEOUT", mistakes) is { } seconds)
        {
            if (double.TryParse(seconds, NumberStyles.Float, CultureInfo.InvariantCulture, out var s) && s is > 0 and < 86_400)
                aliases.Set("Timescale:BatchTimeout", "BATCH_TIMEOUT", TimeSpan.FromSeconds(s).ToString("c", CultureInfo.InvariantCulture), mistakes);
            else mistakes.Add($"BATCH_TIMEOUT is '{seconds}'; give seconds, such as 5 or 0.2.");
        }

        foreach (var (name, format) in Topics)
        {
            if (Value(environment, name, mistakes) is not { } list) continue;
            var bindings = aliases.TopicBindings ??= [];
            foreach (var binding in KnownTopics.Parse(list, format, mistakes, name))
            {
                if (!bindings.Exists(b => b.Name == binding.Name)) bindings.Add(binding);
                else if (bindings.Find(b => b.Name == binding.Name)!.Format != binding.Format)
                    mistakes.Add($"{name} binds topic '{binding.Name}' to {binding.Format}, another name to {bindings.Find(b => b.Name == binding.Name)!.Format}; unset one.");
            }
        }

        foreach (var (name, asks) in NotYet)
        {
            if (Value(environment, name, mistakes) is { Length: > 0 } value && (name, value.ToLowerInvariant()) is not ("QUEUE_TYPE", "kafka"))
                mistakes.Add($"{(environment.GetValueOrDefault(name) is { Length: > 0 } ? name : name + "_FILE")} asks for {asks}, which this version does not have; unset it.");
        }

        return aliases;
    }

    private static string? Value(IReadOnlyDictionary<string, string> environment, string name, List<string> mistakes)
    {
        environment.TryGetValue(name, out var value);
        if (environment.GetValueOrDefault(name + "_FILE") is not { Length: > 0 } path) return string.IsNullOrEmpty(value) ? null : value;
        if (!string.IsNullOrEmpty(value))
        {
            mistakes.Add($"{name} and {name}_FILE are both set; unset one.");
            return null;
        }

        return SecretFile.Read(name + "_FILE", path, mistakes);
    }

    private void Set(string key, string name, string? value, List<string> mistakes)
    {
        if (value is null) return;
        if (!_values.TryGetValue(key, out var known)) _values[key] = (name, value);
        else if (known.Value != value)
            mistakes.Add($"{known.Name} and {name} disagree about {key}; unset one.");
    }

    private void ReadUrl(string? url, List<string> mistakes)
    {
        if (url is null) return;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("postgres" or "postgresql") || uri.Host.Length == 0)
        {
            mistakes.Add("POSTGRES_URL is not of the form postgres://user:password@host:port/database.");
            return;
        }

        var user = uri.UserInfo.Split(':', 2);
        Set("Timescale:Host", "POSTGRES_URL", uri.Host, mistakes);
        Set("Timescale:Port", "POSTGRES_URL", (uri.Port < 0 ? NpgsqlConnection.DefaultPort : uri.Port).ToString(CultureInfo.InvariantCulture), mistakes);
        if (uri.AbsolutePath.Length > 1) Set("Timescale:Database", "POSTGRES_URL", Uri.UnescapeDataString(uri.AbsolutePath[1..]), mistakes);
        if (user[0].Length > 0) Set("Timescale:Username", "POSTGRES_URL", Uri.UnescapeDataString(user[0]), mistakes);
        if (user.Length > 1) Set("Timescale:Password", "POSTGRES_URL", Uri.UnescapeDataString(user[1]), mistakes);
    }
}
