using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka.Clients;
using OrleansIngest.Kafka.Reading;
using OrleansIngest.Testing;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Kafka.Tests;

/// <summary>Settings and their mistakes, and secrets among them.</summary>
public sealed class OptionsTests
{
    private const string Secret = "s3cr3t-Pa55";

    [Fact]
    public void Good_settings_have_no_mistake() => Assert.Empty(Good().Validate());

    [Fact]
    public void Every_mistake_is_listed()
    {
        var options = new KafkaOptions
        {
            BootstrapServers = "",
            GroupId = " ",
            DeadLetterTopic = "a",
            Topics =
            [
                new() { Name = "a", Format = RecordFormat.Decoded },
                new() { Name = "b", Format = RecordFormat.Raw },
                new() { Name = "b", Format = RecordFormat.Raw },
                new() { Name = "c" },
                new() { Name = "d e", Format = RecordFormat.Raw },
            ],
            MaxRecordBytes = 0,
            PollRecords = 0,
            PollInterval = TimeSpan.Zero,
            CommitInterval = TimeSpan.Zero,
            RecommitInterval = TimeSpan.Zero,
            MetadataInterval = -TimeSpan.FromSeconds(1),
            Client = new() { ["enable.auto.commit"] = "true", ["no.such.thing"] = "1", ["fetch.wait.max.ms"] = "soon" },
        };
        var mistakes = options.Validate().ToList();
        string[] expected =
        [
            "Kafka:BootstrapServers", "Kafka:GroupId", "'b' is listed twice", "'a' is the dead-letter topic", "topic 'c' has no Format",
            "'d e'", "Kafka:MaxRecordBytes", "Kafka:PollRecords", "Kafka:PollInterval", "Kafka:CommitInterval", "Kafka:RecommitInterval",
            "Kafka:MetadataInterval", "Kafka:Client:enable.auto.commit", "Kafka:Client:no.such.thing", "Kafka:Client:fetch.wait.max.ms",
        ];
        Assert.Equal(expected.Length, mistakes.Count);
        Assert.All(expected, e => Assert.Single(mistakes, m => m.Contains(e, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("localhost:9092", true)]
    [InlineData("a:1,b:2, c:3", true)]
    [InlineData("SSL://a:9093", true)]
    [InlineData("[::1]:9092", true)]
    [InlineData("a:0", false)]
    [InlineData("a:b", false)]
    [InlineData("a:1,,b:2", false)]
    [InlineData(":9092", false)]
    public void Servers_are_host_and_port(string servers, bool good)
    {
        var options = Good();
        options.BootstrapServers = servers;
        Assert.Equal(good, !options.Validate().Any());
    }

    [Fact]
    public void What_only_shows_in_combination_is_found_without_a_broker()
    {
        var options = Good();
        options.Client = new() { ["security.protocol"] = "ssl", ["ssl.ca.location"] = "/no/such/file.pem" };
        Assert.Contains("ssl.ca.location", Assert.Single(options.Validate()));
    }

    [Theory]
    [InlineData("max.in.flight", "6")]
    [InlineData("message.send.max.retries", "0")]
    [InlineData("queuing.strategy", "lifo")]
    public void What_only_the_producer_refuses_is_found_too(string name, string value)
    {
        var options = Good();
        options.Client = new() { [name] = value };
        Assert.Contains("Kafka:Client: ", Assert.Single(options.Validate()));
    }

    [Theory]
    [InlineData("acks", "1")]
    [InlineData("request.required.acks", "0")]
    [InlineData("enable.idempotence", "false")]
    [InlineData("allow.auto.create.topics", "true")]
    public void What_delivery_rests_on_cannot_be_set(string name, string value)
    {
        var options = Good();
        options.Client = new() { [name] = value };
        Assert.StartsWith($"Kafka:Client:{name} cannot be set: ", Assert.Single(options.Validate()));
    }

    [Fact]
    public async Task Secrets_show_neither_in_messages_nor_in_the_log()
    {
        var options = Good();
        options.Client = new()
        {
            ["security.protocol"] = "sasl_plaintext",
            ["sasl.mechanism"] = "PLAIN",
            ["sasl.username"] = "user",
            ["sasl.password"] = Secret,
            ["debug"] = "all",
        };
        Assert.Empty(options.Validate());
        options.Client["ssl.key.pem"] = Secret;
        options.Client["security.protocol"] = "sasl_ssl";
        Assert.DoesNotContain(options.Validate(), m => m.Contains(Secret, StringComparison.Ordinal));
        options.Client.Remove("ssl.key.pem");
        options.Client["security.protocol"] = "sasl_plaintext";

        using var broker = KafkaTestBroker.StartOwn();
        options.BootstrapServers = broker.BootstrapServers;
        var log = new LogSink();
        var loggers = LoggerFactory.Create(b => b.SetMinimumLevel(LogLevel.Trace).AddProvider(log));
        await using (var reader = new KafkaReader(options, new NoConsumers(), new KafkaClients(options, loggers.CreateLogger<KafkaClients>()), TimeProvider.System, loggers.CreateLogger<KafkaReader>()))
        {
            _ = reader.AssignAllAsync(["a"], CancellationToken.None);
            await Eventually.TrueAsync(() => !reader.Status.Connected && reader.Status.LastError is not null, "the broker refuses");
        }

        Assert.True(log.Lines.Count > 20);
        Assert.DoesNotContain(log.Lines, l => l.Text.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public void A_secret_is_hidden_wherever_a_text_holds_it()
    {
        var options = Good();
        options.Client = new() { ["sasl.password"] = Secret, ["ssl.key.password"] = Secret + "2", ["client.id"] = "shown" };
        var clients = new KafkaClients(options, LoggerFactory.Create(_ => { }).CreateLogger<KafkaClients>());
        Assert.Equal("wrong: *** or *** for shown", clients.Hide($"wrong: {Secret} or {Secret}2 for shown"));
    }

    [Fact]
    public void A_client_that_does_not_accept_its_settings_says_so_without_secrets()
    {
        var options = Good();
        options.Client = new() { ["security.protocol"] = "ssl", ["ssl.key.pem"] = Secret };
        var clients = new KafkaClients(options, LoggerFactory.Create(_ => { }).CreateLogger<KafkaClients>());
        var error = Assert.Throws<InvalidOperationException>(() => clients.CreateAdmin());
        Assert.Contains("Kafka:Client", error.Message);
        Assert.DoesNotContain(Secret, error.ToString());
    }

    private static KafkaOptions Good() => new()
    {
        BootstrapServers = "localhost:9092",
        Topics = [new() { Name = "a", Format = RecordFormat.Decoded }, new() { Name = "iot.raw", Format = RecordFormat.Raw }],
    };

    private sealed class NoConsumers : IPartitionConsumerFactory
    {
        public Task<IPartitionConsumer> OpenAsync(PartitionStart start, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
