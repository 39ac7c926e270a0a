namespace OrleansIngest.Kafka.Clients;

/// <summary>What may be set through <c>Kafka:Client</c>, as librdkafka itself knows it.</summary>
internal static class ClientProperties
{
    private const string Acknowledged = "a dead letter counts as written once every replica in sync has it, in order and once";

    /// <summary>Properties that delivery rests on, and what to do instead of setting them.</summary>
    private static readonly Dictionary<string, string> Ours = new(StringComparer.Ordinal)
    {
        ["bootstrap.servers"] = "set Kafka:BootstrapServers instead",
        ["metadata.broker.list"] = "set Kafka:BootstrapServers instead",
        ["group.id"] = "set Kafka:GroupId instead",
        ["group.instance.id"] = "partitions are assigned by the host, not by a group",
        ["auto.offset.reset"] = "set Kafka:AutoOffsetReset instead",
        ["enable.auto.commit"] = "an offset is committed once its rows are durable, never by the client",
        ["auto.commit.enable"] = "an offset is committed once its rows are durable, never by the client",
        ["enable.auto.offset.store"] = "an offset is committed once its rows are durable, never by the client",
        ["enable.partition.eof"] = "the watermark of an idle partition needs it",
        ["acks"] = Acknowledged,
        ["request.required.acks"] = Acknowledged,
        ["enable.idempotence"] = Acknowledged,
        ["allow.auto.create.topics"] = "the host never creates topics",
        ["transactional.id"] = "dead letters are written without transactions",
        ["test.mock.num.brokers"] = "start the built-in broker with `ingest broker` instead",
    };

    private static readonly string[] Secret =
        ["password", "secret", "token", "jaas", "ssl.key", ".pem", "oauthbearer.config", "assertion"];

    /// <summary>Whether a property's value must not be shown anywhere.</summary>
    public static bool IsSecret(string name) =>
        Secret.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase));

    /// <summary>Every mistake in the properties, in words; contacts no broker.</summary>
    public static IEnumerable<string> Validate(IReadOnlyDictionary<string, string> properties)
    {
        var mask = new SecretMask(properties);
        var mistakes = ValidateEach(properties, mask);
        if (mistakes.Count > 0) return mistakes;

        // What only shows in combination: a certificate file that is missing, a mechanism without user name, or what an
        // idempotent producer does not work with.
        var refused = WhyRefused(Librdkafka.ClientType.Consumer, properties, mask)
            ?? WhyRefused(Librdkafka.ClientType.Producer, [new("enable.idempotence", "true"), new("acks", "all"), .. properties], mask);
        return refused is null ? [] : [$"Kafka:Client: {refused}."];
    }

    private static List<string> ValidateEach(IReadOnlyDictionary<string, string> properties, SecretMask mask)
    {
        var mistakes = new List<string>();
        var conf = Librdkafka.ConfNew();
        var error = new byte[Librdkafka.ErrorLength];
        // What it says while it is made and closed would go to stderr.
        Librdkafka.ConfSetLogCallback(conf, IntPtr.Zero);
        try
        {
            foreach (var (name, value) in properties)
            {
                if (Ours.TryGetValue(name, out var instead))
                {
                    mistakes.Add($"Kafka:Client:{name} cannot be set: {instead}.");
                }
                else if (name.StartsWith("dotnet.", StringComparison.Ordinal))
                {
                    mistakes.Add($"Kafka:Client:{name} cannot be set: only properties of librdkafka can.");
                }
                else if (Librdkafka.ConfSet(conf, name, value ?? "", error, error.Length) is var result and not Librdkafka.ConfResult.Ok)
                {
                    mistakes.Add(result == Librdkafka.ConfResult.Unknown
                        ? $"Kafka:Client:{name} is no property of librdkafka (see its CONFIGURATION.md)."
                        : $"Kafka:Client:{name}: {mask.Hide(Librdkafka.Text(error))}.");
                }
            }

            return mistakes;
        }
        finally
        {
            Librdkafka.ConfDestroy(conf);
        }
    }

    // Null where a client of this type accepts the properties together.
    private static string? WhyRefused(Librdkafka.ClientType type, IEnumerable<KeyValuePair<string, string>> properties, SecretMask mask)
    {
        var conf = Librdkafka.ConfNew();
        var error = new byte[Librdkafka.ErrorLength];
        Librdkafka.ConfSetLogCallback(conf, IntPtr.Zero);
        try
        {
            foreach (var (name, value) in properties) Librdkafka.ConfSet(conf, name, value ?? "", error, error.Length);
            var client = Librdkafka.New(type, conf, error, error.Length);
            if (client == IntPtr.Zero) return mask.Hide(Librdkafka.Text(error));
            conf = IntPtr.Zero; // the client's now
            Librdkafka.Destroy(client);
            return null;
        }
        finally
        {
            if (conf != IntPtr.Zero) Librdkafka.ConfDestroy(conf);
        }
    }
}
