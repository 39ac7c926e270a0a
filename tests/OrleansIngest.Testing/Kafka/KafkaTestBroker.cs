using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka;
using OrleansIngest.Kafka.Broker;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Testing.Kafka;

/// <summary>
/// The broker that a test runs against: the one that KAFKA_BOOTSTRAP_SERVERS names (a built-in one with BROKER_CONTROL),
/// else a built-in one in this process. Whoever breaks it takes one of its own.
/// </summary>
public sealed class KafkaTestBroker : IDisposable
{
    private readonly string _suffix = Guid.NewGuid().ToString("N")[..8];
    private readonly Uri? _control;
    private readonly BuiltInBroker? _own;

    private KafkaTestBroker(string bootstrapServers, Uri? control, BuiltInBroker? own) =>
        (BootstrapServers, _control, _own) = (bootstrapServers, control, own);

    /// <summary>The broker of the environment, or one of its own.</summary>
    public static KafkaTestBroker Start()
    {
        if (Environment.GetEnvironmentVariable("KAFKA_BOOTSTRAP_SERVERS") is not { Length: > 0 } servers) return StartOwn();
        var control = Environment.GetEnvironmentVariable("BROKER_CONTROL");
        return new KafkaTestBroker(servers, string.IsNullOrEmpty(control) ? null : new Uri(control), null);
    }

    /// <summary>A built-in broker of its own, or a cluster of several, which may be taken down.</summary>
    public static KafkaTestBroker StartOwn(int brokers = 1)
    {
        var own = new BuiltInBroker(brokers);
        return new KafkaTestBroker(own.BootstrapServers, null, own);
    }

    /// <summary>Its addresses.</summary>
    public string BootstrapServers { get; }

    /// <summary>The built-in broker, for faults; only where it is our own.</summary>
    public BuiltInBroker BuiltIn => _own ?? throw new InvalidOperationException("This broker is not ours to break.");

    /// <summary>A name that no other run uses.</summary>
    public string Unique(string name) => $"{name}-{_suffix}";

    /// <summary>Creates a topic under a name that no other run uses, and gives that name.</summary>
    public async Task<string> CreateTopicAsync(string name, int partitions)
    {
        var unique = Unique(name);
        if (_own is not null) _own.CreateTopic(unique, partitions);
        else await new TopicAdmin(Clients(Options())).EnsureAsync([unique], partitions, _control, CancellationToken.None);
        return unique;
    }

    /// <summary>Settings for this broker, with short intervals; topics carry the format given.</summary>
    public KafkaOptions Options(IEnumerable<string>? topics = null, RecordFormat format = RecordFormat.Decoded) => new()
    {
        BootstrapServers = BootstrapServers,
        GroupId = Unique("group"),
        DeadLetterTopic = Unique("dead"),
        Topics = [.. (topics ?? []).Select(t => new TopicBinding { Name = t, Format = format })],
        CommitInterval = TimeSpan.FromMilliseconds(100),
        MetadataInterval = TimeSpan.FromMilliseconds(500),
    };

    /// <summary>Clients for these settings.</summary>
    public KafkaClients Clients(KafkaOptions options, ILoggerFactory? loggers = null) =>
        new(options, (loggers ?? NullLoggerFactory.Instance).CreateLogger<KafkaClients>());

    /// <summary>Writes messages, each to the partition given, and waits until all are acknowledged.</summary>
    public async Task ProduceAsync(string topic, IEnumerable<(int Partition, Message<byte[]?, byte[]?> Message)> messages)
    {
        var config = new ProducerConfig
        {
            BootstrapServers = BootstrapServers,
            EnableIdempotence = true,
            LingerMs = 5,
            CompressionType = CompressionType.Lz4,
            MessageMaxBytes = 8 * 1024 * 1024,
            QueueBufferingMaxMessages = 1_000_000,
        };
        using var producer = new ProducerBuilder<byte[]?, byte[]?>(config).SetLogHandler((_, _) => { }).Build();
        var sent = messages.Select(m => producer.ProduceAsync(new TopicPartition(topic, m.Partition), m.Message)).ToList();
        await Task.WhenAll(sent);
    }

    /// <summary>Offsets that a group has committed in partitions 0 to before <paramref name="partitions"/>; null where it has none.</summary>
    public long?[] Committed(string group, string topic, int partitions)
    {
        var config = new ConsumerConfig { BootstrapServers = BootstrapServers, GroupId = group };
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(config).SetLogHandler((_, _) => { }).Build();
        return
        [
            .. consumer.Committed(Enumerable.Range(0, partitions).Select(i => new TopicPartition(topic, i)), TimeSpan.FromSeconds(10))
                .Select(o => o.Offset.Value >= 0 ? o.Offset.Value : (long?)null),
        ];
    }

    /// <inheritdoc />
    public void Dispose() => _own?.Dispose();
}
