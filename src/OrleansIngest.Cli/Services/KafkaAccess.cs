using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Kafka;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Cli.Services;

/// <summary>Clients of the commands themselves: with what <c>Kafka:Client</c> says, and silent, for the commands tell what fails.</summary>
internal sealed class KafkaAccess(KafkaOptions options)
{
    /// <summary>What the simulator may have in memory and on the wire, in KiB: small beside what the built-in broker keeps.</summary>
    private const int ProducerKilobytes = 16 * 1024;

    /// <summary>An outage of the broker that is shorter than this loses no simulated record.</summary>
    private static readonly TimeSpan ProducerPatience = TimeSpan.FromMinutes(5);

    private readonly KafkaClients _clients = new(options, NullLogger<KafkaClients>.Instance);

    public KafkaOptions Options => options;

    /// <summary>A text of the client or broker, with configured secrets replaced.</summary>
    public string Hide(string text) => _clients.Hide(text);

    public IAdminClient CreateAdmin() => _clients.CreateAdmin();

    /// <summary>For simulated records: idempotent, in batches, partitioned as the Java client does.</summary>
    public IProducer<byte[], byte[]?> CreateProducer()
    {
        var config = new ProducerConfig
        {
            EnableIdempotence = true,
            Acks = Acks.All,
            CompressionType = CompressionType.Lz4,
            LingerMs = 10,
            Partitioner = Partitioner.Murmur2Random,
            MessageMaxBytes = options.MaxRecordBytes + (2 * KafkaClients.RecordOverhead),
            MessageTimeoutMs = (int)ProducerPatience.TotalMilliseconds,
            QueueBufferingMaxKbytes = ProducerKilobytes,
            DeliveryReportFields = "none",
        };
        return new ProducerBuilder<byte[], byte[]?>(Completed(config))
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
    }

    /// <summary>A consumer that is told its partitions, begins where it is told, and commits nothing.</summary>
    public IConsumer<byte[]?, Ignore> CreateReader()
    {
        var config = new ConsumerConfig
        {
            GroupId = options.GroupId,
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            AllowAutoCreateTopics = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            FetchWaitMaxMs = 10,
            QueuedMaxMessagesKbytes = 8 * 1024,
        };
        return new ConsumerBuilder<byte[]?, Ignore>(Completed(config))
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
    }

    private TConfig Completed<TConfig>(TConfig config)
        where TConfig : ClientConfig
    {
        config.BootstrapServers = options.BootstrapServers;
        config.ClientId = "ingest-cli";
        foreach (var (name, value) in options.Client) config.Set(name, value);
        return config;
    }
}
