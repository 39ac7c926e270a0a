using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace OrleansIngest.Kafka.Clients;

/// <summary>Makes the clients of Confluent.Kafka, all configured alike: our settings first, then what <c>Kafka:Client</c> says.</summary>
public sealed class KafkaClients
{
    /// <summary>What a record's key, headers and framing may take beyond <see cref="KafkaOptions.MaxRecordBytes"/>, in bytes.</summary>
    public const int RecordOverhead = 64 * 1024;

    private readonly KafkaOptions _options;
    private readonly ILogger _logger;
    private readonly SecretMask _mask;

    /// <summary>Clients for the given settings, whose own log lines go to <paramref name="logger"/>.</summary>
    public KafkaClients(KafkaOptions options, ILogger<KafkaClients> logger)
    {
        _options = options;
        _logger = logger;
        _mask = new SecretMask(options.Client);
    }

    /// <summary>The brokers to begin with, for messages.</summary>
    public string BootstrapServers => _options.BootstrapServers;

    /// <summary>A text of the client or broker, with configured secrets replaced.</summary>
    public string Hide(string text) => _mask.Hide(text);

    /// <summary>A consumer that is told its partitions and never commits by itself.</summary>
    internal IConsumer<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> CreateReader(SlabDeserializer deserializer, Action<Error> onError) =>
        Build(() => new ConsumerBuilder<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?>(ReaderConfig())
            .SetKeyDeserializer(deserializer)
            .SetValueDeserializer(deserializer)
            .SetLogHandler((_, message) => Log(message))
            .SetErrorHandler((_, error) => onError(error))
            .Build());

    /// <summary>A producer whose messages arrive once and in order, with at most <paramref name="maxMessageBytes"/> each.</summary>
    internal IProducer<byte[]?, byte[]?> CreateProducer(int maxMessageBytes, Action<Error> onError) =>
        Build(() => new ProducerBuilder<byte[]?, byte[]?>(ProducerConfig(maxMessageBytes))
            .SetLogHandler((_, message) => Log(message))
            .SetErrorHandler((_, error) => onError(error))
            .Build());

    /// <summary>An admin client with a connection of its own.</summary>
    public IAdminClient CreateAdmin() => Build(() => new AdminClientBuilder(Overridden(new AdminClientConfig(), []))
        .SetLogHandler((_, message) => Log(message))
        .SetErrorHandler((_, error) => Log(error))
        .Build());

    private ConsumerConfig ReaderConfig() => Overridden(
        new ConsumerConfig
        {
            GroupId = _options.GroupId,
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            EnablePartitionEof = true,
            AutoOffsetReset = AutoOffsetReset.Error,
            AllowAutoCreateTopics = false,
            // Fetched and not yet taken, over all partitions; a response may overshoot it by FetchMaxBytes.
            QueuedMaxMessagesKbytes = 16 * 1024,
            FetchMaxBytes = Math.Max(16 * 1024 * 1024, _options.MaxRecordBytes + RecordOverhead),
            FetchWaitMaxMs = 10,
        },
        // By default a full queue stops fetching for a second, which costs four fifths of the throughput.
        [new("fetch.queue.backoff.ms", "10")]);

    private ProducerConfig ProducerConfig(int maxMessageBytes) => Overridden(
        new ProducerConfig
        {
            EnableIdempotence = true,
            Acks = Acks.All,
            MessageMaxBytes = maxMessageBytes,
            CompressionType = CompressionType.Lz4,
            LingerMs = 5,
            // Who produces tries again for ever: these say how soon it can tell why it waits.
            MessageTimeoutMs = 30_000,
            TopicMetadataPropagationMaxMs = 5_000,
        },
        []);

    private TConfig Overridden<TConfig>(TConfig config, IEnumerable<KeyValuePair<string, string>> more)
        where TConfig : ClientConfig
    {
        config.BootstrapServers = _options.BootstrapServers;
        config.ClientId = "orleans-ingest";
        config.ReconnectBackoffMaxMs = 2_000;
        foreach (var (name, value) in more) config.Set(name, value);
        foreach (var (name, value) in _options.Client) config.Set(name, value);
        return config;
    }

    private TClient Build<TClient>(Func<TClient> build)
    {
        try
        {
            return build();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // Not as inner exception: its text may hold what Kafka:Client says.
            throw new InvalidOperationException($"The Kafka client does not accept its settings: {Hide(e.Message)} (see Kafka:Client)");
        }
    }

    private void Log(LogMessage message)
    {
        // A connection that fails is told of by whoever uses the client, once an outage, not at each attempt.
        var level = message.Facility is "FAIL" or "ERROR" or "CONNECT" ? LogLevel.Debug : message.Level switch
        {
            <= SyslogLevel.Error => LogLevel.Error,
            SyslogLevel.Warning => LogLevel.Warning,
            _ => LogLevel.Debug,
        };
        if (_logger.IsEnabled(level)) _logger.ClientSaid(level, message.Name, message.Facility, Hide(message.Message));
    }

    private void Log(Error error) => _logger.ClientSaid(LogLevel.Debug, "admin", error.Code.ToString(), Hide(error.Reason));
}
