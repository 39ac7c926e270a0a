using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Kafka;

public sealed partial class KafkaOptions
{
    private const int SmallestRecordLimit = 1024;
    private const int LargestRecordLimit = 512 * 1024 * 1024;
    private const int LongestTopicName = 249;

    /// <summary>Every mistake in these settings, a sentence each that names the setting; contacts no broker.</summary>
    public IEnumerable<string> Validate() =>
        [.. ValidateConnection(), .. ValidateTopics(), .. ValidateNumbers(), .. ClientProperties.Validate(Client)];

    /// <summary>Every mistake but those in topics, for who names topics elsewhere.</summary>
    public IEnumerable<string> ValidateClient() =>
        [.. ValidateConnection(), .. ValidateNumbers(), .. ClientProperties.Validate(Client)];

    /// <summary>What is wrong with a topic's name, as the end of a sentence; null where nothing is.</summary>
    public static string? TopicNameMistake(string? name)
    {
        if (string.IsNullOrEmpty(name)) return "is empty";
        if (name.Length > LongestTopicName) return $"is longer than {LongestTopicName} characters";
        if (name is "." or "..") return $"'{name}' is not allowed by Kafka";
        return name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? null
            : $"'{name}' has characters that Kafka does not allow: letters, digits, '.', '_' and '-' are";
    }

    private IEnumerable<string> ValidateConnection()
    {
        if (string.IsNullOrWhiteSpace(BootstrapServers))
        {
            yield return "Kafka:BootstrapServers is empty: name at least one broker as host:port (or set KAFKA_BOOTSTRAP_SERVERS).";
        }
        else
        {
            foreach (var server in BootstrapServers.Split(',', StringSplitOptions.TrimEntries))
            {
                if (!IsServer(server)) yield return $"Kafka:BootstrapServers: '{server}' is no host:port.";
            }
        }

        if (string.IsNullOrWhiteSpace(GroupId)) yield return "Kafka:GroupId is empty: name the group that offsets are committed to.";
    }

    private IEnumerable<string> ValidateTopics()
    {
        if (Topics.Count == 0) yield return "Kafka:Topics is empty: name at least one topic and its format.";

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Topics.Count; i++)
        {
            var (name, format) = (Topics[i].Name, Topics[i].Format);
            if (TopicNameMistake(name) is { } mistake)
            {
                yield return $"Kafka:Topics:{i}:Name {mistake}.";
                continue;
            }

            if (!seen.Add(name)) yield return $"Kafka:Topics:{i}: topic '{name}' is listed twice.";
            if (name == DeadLetterTopic) yield return $"Kafka:Topics:{i}: '{name}' is the dead-letter topic; what is written there would be read again.";
            if (format is null)
            {
                yield return $"Kafka:Topics:{i}: topic '{name}' has no Format: one of {string.Join(", ", Enum.GetNames<Core.Records.RecordFormat>())}.";
            }
            else if (!Enum.IsDefined(format.Value))
            {
                yield return $"Kafka:Topics:{i}: topic '{name}' has an unknown Format.";
            }
        }

        if (TopicNameMistake(DeadLetterTopic) is { } deadLetterMistake) yield return $"Kafka:DeadLetterTopic {deadLetterMistake}.";
        if (!Enum.IsDefined(AutoOffsetReset)) yield return "Kafka:AutoOffsetReset must be Earliest or Latest.";
    }

    private IEnumerable<string> ValidateNumbers()
    {
        if (MaxRecordBytes is < SmallestRecordLimit or > LargestRecordLimit)
        {
            yield return $"Kafka:MaxRecordBytes is {MaxRecordBytes}: it must lie between {SmallestRecordLimit} and {LargestRecordLimit} bytes.";
        }

        if (PollRecords is < 1 or > 10_000) yield return $"Kafka:PollRecords is {PollRecords}: it must lie between 1 and 10000.";
        if (Unusable(PollInterval, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10)))
        {
            yield return $"Kafka:PollInterval is {PollInterval}: it must lie between 1 ms and 10 s.";
        }

        if (Unusable(CommitInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1)))
        {
            yield return $"Kafka:CommitInterval is {CommitInterval}: it must lie between 10 ms and 1 h.";
        }

        if (Unusable(RecommitInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)))
        {
            yield return $"Kafka:RecommitInterval is {RecommitInterval}: it must lie between 1 s and 1 d.";
        }

        if (Unusable(MetadataInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)))
        {
            yield return $"Kafka:MetadataInterval is {MetadataInterval}: it must lie between 100 ms and 1 h.";
        }
    }

    private static bool Unusable(TimeSpan value, TimeSpan from, TimeSpan to) => value < from || value > to;

    private static bool IsServer(string server)
    {
        // librdkafka also takes a protocol before the address: SSL://host:9093.
        var address = server[(server.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? at + 3 : 0)..];
        var colon = address.LastIndexOf(':');
        if (colon < 0) return address.Length > 0 && !address.Contains(' ');
        return colon > 0 && ushort.TryParse(address.AsSpan(colon + 1), out var port) && port > 0;
    }
}
