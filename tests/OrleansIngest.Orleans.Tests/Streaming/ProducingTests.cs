using System.Text;
using Orleans.Runtime;
using Orleans.Streams;
using OrleansIngest.Kafka.Clients;
using OrleansIngest.Streaming.Kafka.Producing;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>Writing to streams, from grains and from clients.</summary>
public sealed class ProducingTests : IDisposable
{
    private readonly KafkaTestBroker _broker = KafkaTestBroker.StartOwn();
    private readonly Observed _observed = new();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task What_a_grain_and_a_client_write_comes_back_in_order()
    {
        const int count = 50;
        var topic = await _broker.CreateTopicAsync("t", 4);
        var options = StreamCluster.OptionsFor(_broker, topic);
        await using var cluster = await StreamCluster.StartAsync(options, _observed);
        var fromClient = Stream<byte[]>(cluster, "device", "client");
        for (var i = 0; i < count; i++)
        {
            await cluster.Batch("writer").WriteAsync<ReadOnlyMemory<byte>>(StreamCluster.Provider, "device", "grain", Text(i));
        }

        await fromClient.OnNextBatchAsync(Enumerable.Range(0, count).Select(Text));

        await Eventually.TrueAsync(() => _observed.Count == 2 * count, "everything came back");
        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), _observed.Of("batch/grain"));
        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), _observed.Of("batch/client"));
        Assert.All(["batch/grain", "batch/client"], s => Assert.Single(_observed.EventsOf(s).Select(e => e.Partition).Distinct()));
    }

    [Fact]
    public async Task The_topic_is_that_of_the_namespace_or_else_the_one_that_is_set()
    {
        var (a, b, other) = (await _broker.CreateTopicAsync("a", 1), await _broker.CreateTopicAsync("b", 1), await _broker.CreateTopicAsync("other", 1));
        var options = StreamCluster.OptionsFor(_broker, a, b);
        options.ProduceTopic = other;
        await using var cluster = await StreamCluster.StartAsync(options, _observed);

        await Stream<byte[]>(cluster, b, "d").OnNextAsync(Text(1));
        await Stream<byte[]>(cluster, "device", "d").OnNextAsync(Text(2));

        Assert.Equal((1, 1), (End(b), End(other)));
        Assert.Equal(0, End(a));
    }

    [Fact]
    public async Task Without_a_topic_or_a_serializer_writing_says_what_to_do()
    {
        var options = StreamCluster.OptionsFor(_broker, await _broker.CreateTopicAsync("a", 1), await _broker.CreateTopicAsync("b", 1));
        await using var cluster = await StreamCluster.StartAsync(options, _observed);

        var nowhere = await Assert.ThrowsAsync<InvalidOperationException>(() => Stream<byte[]>(cluster, "device", "d").OnNextAsync(Text(1)));
        Assert.Contains("ProduceTopic", nowhere.Message);
        var unserializable = await Assert.ThrowsAsync<NotSupportedException>(() => Stream<string>(cluster, options.Topics[0], "d").OnNextAsync("text"));
        Assert.Contains(nameof(IKafkaEventSerializer), unserializable.Message);
    }

    [Fact]
    public async Task A_serializer_of_the_application_makes_the_records()
    {
        var options = StreamCluster.OptionsFor(_broker, await _broker.CreateTopicAsync("t", 1));
        await using var cluster = await StreamCluster.StartAsync(options, _observed, client: streams => streams.UseSerializer<NumberSerializer>());

        await Stream<long>(cluster, "device", "d").OnNextBatchAsync([7L, 8L]);

        await Eventually.TrueAsync(() => _observed.Of("batch/d").SequenceEqual([7L, 8L]), "both came back");
    }

    [Fact]
    public async Task What_the_broker_did_not_acknowledge_is_an_error()
    {
        var options = StreamCluster.OptionsFor(_broker, await _broker.CreateTopicAsync("t", 1));
        options.Kafka.Client["message.timeout.ms"] = "1000";
        await using var cluster = await StreamCluster.StartAsync(options, _observed);
        var stream = Stream<byte[]>(cluster, "device", "d");
        await stream.OnNextAsync(Text(1));
        _broker.BuiltIn.TakeDown();

        await Assert.ThrowsAsync<KafkaUnavailableException>(() => stream.OnNextAsync(Text(2)));

        _broker.BuiltIn.BringUp();
        await Eventually.TrueAsync(() => stream.OnNextAsync(Text(3)).ContinueWith(t => t.IsCompletedSuccessfully).Result, "writing works again");
        await Eventually.TrueAsync(() => _observed.Of("batch/d").SequenceEqual([1L, 3L]), "what was acknowledged came back");
    }

    [Fact]
    public async Task Clients_cannot_subscribe_and_writing_takes_no_token()
    {
        var options = StreamCluster.OptionsFor(_broker, await _broker.CreateTopicAsync("t", 1));
        await using var cluster = await StreamCluster.StartAsync(options, _observed);
        var stream = Stream<byte[]>(cluster, "device", "d");

        await Assert.ThrowsAnyAsync<ArgumentException>(() => stream.SubscribeAsync((_, _) => Task.CompletedTask));
        await Assert.ThrowsAsync<ArgumentException>(() =>
            stream.OnNextAsync(Text(1), new OrleansIngest.Streaming.Kafka.KafkaSequenceToken("t", 0, 0, 1, 0)));
    }

    private static byte[] Text(int number) => Encoding.UTF8.GetBytes(number.ToString());

    private static IAsyncStream<T> Stream<T>(StreamCluster cluster, string ns, string key) =>
        cluster.Client.GetStreamProvider(StreamCluster.Provider).GetStream<T>(StreamId.Create(ns, key));

    private long End(string topic)
    {
        using var consumer = new Confluent.Kafka.ConsumerBuilder<Confluent.Kafka.Ignore, Confluent.Kafka.Ignore>(
            new Confluent.Kafka.ConsumerConfig { BootstrapServers = _broker.BootstrapServers, GroupId = "ends" }).Build();
        return consumer.QueryWatermarkOffsets(new Confluent.Kafka.TopicPartition(topic, 0), TimeSpan.FromSeconds(5)).High.Value;
    }

    private sealed class NumberSerializer : IKafkaEventSerializer
    {
        public SerializedEvent Serialize<T>(StreamId stream, T value) => new(Text(Convert.ToInt32(value)));
    }
}
