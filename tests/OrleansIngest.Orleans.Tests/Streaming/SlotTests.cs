using Orleans.Runtime;
using OrleansIngest.Streaming.Kafka.Queues;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>Which queues there are, and which of them are read.</summary>
public sealed class SlotTests : IDisposable
{
    private readonly KafkaTestBroker _broker = KafkaTestBroker.StartOwn();
    private readonly Observed _observed = new();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task A_topic_that_does_not_exist_is_waited_for_and_named()
    {
        var (here, missing) = (await _broker.CreateTopicAsync("here", 2), _broker.Unique("missing"));
        var options = StreamCluster.OptionsFor(_broker, here, missing);
        await using var cluster = await StreamCluster.StartAsync(options, _observed);
        await _broker.ProduceAsync(here, [(1, NumberedMapper.Message("device", "d", 1))]);

        await Eventually.TrueAsync(() => _observed.Count == 1, "the other topic is read");
        Assert.Contains(missing, Assert.Single(cluster.Statuses[0].Problems));

        _broker.BuiltIn.CreateTopic(missing, 3);
        await _broker.ProduceAsync(missing, [(2, NumberedMapper.Message("device", "d", 2))]);
        await Eventually.TrueAsync(() => _observed.Count == 2, "it is read once it is there");
        await Eventually.TrueAsync(() => cluster.Statuses[0].Problems.Count == 0, "nothing is wrong any more");
    }

    [Fact]
    public async Task Partitions_beyond_the_slots_are_an_unready_state_with_a_message()
    {
        var topic = await _broker.CreateTopicAsync("t", 5);
        var options = StreamCluster.OptionsFor(_broker, topic);
        options.MaxPartitions = 3;
        await using var cluster = await StreamCluster.StartAsync(options, _observed);
        await _broker.ProduceAsync(topic, Enumerable.Range(0, 5).Select(i => (i, NumberedMapper.Message("device", $"d{i}", i))));

        await Eventually.TrueAsync(() => _observed.Count == 3, "what has a slot is read");

        Assert.Equal(3, cluster.Statuses[0].Partitions.Count);
        var problem = Assert.Single(cluster.Statuses[0].Problems);
        Assert.Contains("has 5 partitions", problem);
        Assert.Contains("MaxPartitions", problem);
    }

    [Fact]
    public async Task A_silo_without_partitions_is_ready()
    {
        var topic = await _broker.CreateTopicAsync("t", 1);
        await using var cluster = await StreamCluster.StartAsync(StreamCluster.OptionsFor(_broker, topic), _observed, silos: 2);

        await Eventually.TrueAsync(() => cluster.Statuses.Sum(s => s.Partitions.Count) == 1, "one of them reads the partition");
        await Eventually.TrueAsync(() => cluster.Statuses.All(s => s.Problems.Count == 0), "neither has a problem");
    }

    [Fact]
    public async Task A_log_that_begins_again_is_read_from_its_beginning()
    {
        var topic = await _broker.CreateTopicAsync("t", 1);
        await using var cluster = await StreamCluster.StartAsync(StreamCluster.OptionsFor(_broker, topic), _observed);
        await _broker.ProduceAsync(topic, Enumerable.Range(0, 20).Select(i => (0, NumberedMapper.Message("device", "d", i))));
        await Eventually.TrueAsync(() => cluster.Committed(_broker, 1)[0] == 20, "the first log is committed");

        _broker.BuiltIn.DeleteTopic(topic);
        await Eventually.TrueAsync(() => cluster.Statuses[0].Problems.Count > 0, "the topic is missed");
        _broker.BuiltIn.CreateTopic(topic, 1);
        await _broker.ProduceAsync(topic, Enumerable.Range(100, 5).Select(i => (0, NumberedMapper.Message("device", "d", i))));

        await Eventually.TrueAsync(() => _observed.Count == 25, "the second log arrived");
        await Eventually.TrueAsync(() => cluster.Committed(_broker, 1)[0] == 5, "the second log is committed");
        Assert.Equal([100, 101, 102, 103, 104], _observed.Of("batch/d").Skip(20));
    }

    [Theory]
    [InlineData(1, 24)]
    [InlineData(1, 64)]
    [InlineData(4, 24)]
    public void Partitions_that_exist_spread_evenly_over_the_ring(int topics, int partitions)
    {
        var mapper = new KafkaQueueMapper([.. Enumerable.Range(0, topics).Select(t => $"topic{t}")], 64);
        var existing = mapper.GetAllQueues().Where(q => q.GetNumericId() < partitions).ToList();

        var perQuarter = existing.GroupBy(q => q.GetUniformHashCode() >> 30).Select(g => g.Count()).ToList();

        Assert.Equal(topics * partitions, existing.Count);
        Assert.Equal(topics * 64, mapper.GetAllQueues().Select(q => q.GetUniformHashCode()).Distinct().Count());
        Assert.Equal(4, perQuarter.Count);
        Assert.InRange(perQuarter.Max() - perQuarter.Min(), 0, 3);
    }

    [Fact]
    public void Every_silo_counts_the_same_whatever_the_order_of_its_topics()
    {
        var (one, other) = (new KafkaQueueMapper(["a", "b"], 8), new KafkaQueueMapper(["b", "a"], 8));

        Assert.Equal(one.GetAllQueues(), other.GetAllQueues());
        Assert.All(one.GetAllQueues(), q => Assert.Equal(one.PartitionOf(q), other.PartitionOf(q)));
        Assert.Contains(one.GetQueueForStream(StreamId.Create("ns", "key")), one.GetAllQueues());
    }
}
