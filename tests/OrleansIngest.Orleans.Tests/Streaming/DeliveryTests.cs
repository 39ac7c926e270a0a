using OrleansIngest.Core.Records;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>What arrives at grains, and what is committed.</summary>
public sealed class DeliveryTests : IDisposable
{
    private readonly KafkaTestBroker _broker = KafkaTestBroker.StartOwn();
    private readonly Observed _observed = new();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task Every_record_reaches_its_grain_once_and_in_order_and_is_committed()
    {
        const int partitions = 4, devices = 50, count = 5_000;
        var topic = await _broker.CreateTopicAsync("t", partitions);
        var options = StreamCluster.OptionsFor(_broker, topic);
        await _broker.ProduceAsync(topic, Enumerable.Range(0, count).Select(i =>
            (i % devices % partitions, NumberedMapper.Message("device", $"d{i % devices}", i))));
        await using var cluster = await StreamCluster.StartAsync(options, _observed);

        await Eventually.TrueAsync(() => _observed.Count >= count, "all events arrived");
        await Eventually.TrueAsync(() => _broker.Committed(options.Kafka.GroupId, topic, partitions).Sum() == count, "everything is committed");

        Assert.Equal(devices, _observed.Subscribers.Count);
        Assert.All(Enumerable.Range(0, devices), d =>
            Assert.Equal(Enumerable.Range(0, count / devices).Select(i => (long)((i * devices) + d)), _observed.Of($"batch/d{d}")));
        var status = Assert.Single(cluster.Statuses);
        Assert.Empty(status.Problems);
        Assert.Equal(partitions, status.Partitions.Count);
        Assert.Equal(count, status.Partitions.Sum(p => p.DoneRecords));
        Assert.All(status.Partitions, p => Assert.Equal((0, 0, null), (p.InFlightBytes, p.InFlightRecords, p.Oldest)));
    }

    [Fact]
    public async Task A_rejected_record_is_done_when_its_dead_letter_is()
    {
        var topic = await _broker.CreateTopicAsync("t", 1);
        var options = StreamCluster.OptionsFor(_broker, topic);
        var flow = new TaskCompletionSource();
        _observed.DeadLettersFlow = flow.Task;
        await _broker.ProduceAsync(topic, new object[] { 0, "bad", 1 }.Select(v => (0, NumberedMapper.Message("device", "d", v))));
        await using var cluster = await StreamCluster.StartAsync(options, _observed);

        await Eventually.TrueAsync(() => _observed.Count == 2, "the others arrived");
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.Equal(1, _broker.Committed(options.Kafka.GroupId, topic, 1)[0]);

        flow.SetResult();
        await Eventually.TrueAsync(() => _broker.Committed(options.Kafka.GroupId, topic, 1)[0] == 3, "everything is committed");
        Assert.Equal((1, RejectReason.NotJson), Assert.Single(_observed.Rejections.Select(r => (r.Record.Offset, r.Reason))));
    }

    [Theory]
    [InlineData("bug", "the mapper has a bug")]
    [InlineData("forget", "did not reject it")]
    public async Task A_record_that_the_mapper_fails_on_holds_its_partition_back_and_costs_no_other(string value, string why)
    {
        var topic = await _broker.CreateTopicAsync("t", 2);
        var options = StreamCluster.OptionsFor(_broker, topic);
        await _broker.ProduceAsync(topic, Enumerable.Range(0, 100).Select(i => (i % 2, NumberedMapper.Message("device", $"d{i % 10}", i == 50 ? value : i))));
        await using var cluster = await StreamCluster.StartAsync(options, _observed);

        await Eventually.TrueAsync(() => _observed.Count == 99, "the others arrived");
        await Eventually.TrueAsync(
            () => _broker.Committed(options.Kafka.GroupId, topic, 2).SequenceEqual([25, 50]), "the other partition is committed, and this one up to the record");
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.Equal([25, 50], _broker.Committed(options.Kafka.GroupId, topic, 2));
        var status = Assert.Single(cluster.Statuses);
        Assert.Equal(1, status.Partitions[0].HeldRecords);
        var problem = Assert.Single(status.Problems);
        Assert.Contains(why, problem);
        Assert.Contains($"{topic}[0] at offset 25", problem);
        Assert.Equal(1, cluster.Log.CountOf(400));
        Assert.Equal(99, _observed.Distinct);
    }

    [Fact]
    public async Task A_stream_without_subscriber_stays_undone_and_is_named()
    {
        var topic = await _broker.CreateTopicAsync("t", 1);
        var options = StreamCluster.OptionsFor(_broker, topic);
        options.DrainTimeout = TimeSpan.Zero;
        await _broker.ProduceAsync(topic, Enumerable.Range(0, 10).Select(i => (0, NumberedMapper.Message(i == 5 ? "nobody" : "device", $"d{i}", i))));
        await using var cluster = await StreamCluster.StartAsync(options, _observed);

        await Eventually.TrueAsync(() => _broker.Committed(options.Kafka.GroupId, topic, 1)[0] == 5, "what stands before it is committed");
        await Eventually.TrueAsync(() => cluster.Statuses[0].Partitions[0].DoneRecords == 9, "the others are done");

        var waiting = cluster.Statuses[0].Partitions[0].Oldest!;
        Assert.Equal(("nobody", "d5", 5, false), (waiting.Namespace, waiting.Key, waiting.Offset, waiting.HandedOut));
        Assert.Equal(5, cluster.Statuses[0].Partitions[0].Reading.Watermark);
    }

    [Fact]
    public async Task A_subscriber_that_asks_for_the_wrong_type_loses_nothing()
    {
        var topic = await _broker.CreateTopicAsync("t", 1);
        var options = StreamCluster.OptionsFor(_broker, topic);
        options.DrainTimeout = TimeSpan.Zero;
        await _broker.ProduceAsync(topic, [(0, NumberedMapper.Message("wrong", "w", 1)), (0, NumberedMapper.Message("device", "d", 2))]);
        await using var cluster = await StreamCluster.StartAsync(options, _observed);

        await Eventually.TrueAsync(() => cluster.Statuses[0].Partitions is [{ DoneRecords: 1, Oldest.HandedOut: true }], "the other is done");

        Assert.Equal(0, cluster.Statuses[0].Partitions[0].Reading.Watermark);
    }

    [Fact]
    public async Task Two_grains_that_subscribe_to_a_stream_both_get_everything_before_it_is_done()
    {
        const int count = 100;
        var topic = await _broker.CreateTopicAsync("t", 2);
        var options = StreamCluster.OptionsFor(_broker, topic);
        var right = new TaskCompletionSource();
        _observed.OnActivation = grain => grain.StartsWith("right", StringComparison.Ordinal) ? right.Task : Task.CompletedTask;
        await using var cluster = await StreamCluster.StartAsync(options, _observed);
        await _broker.ProduceAsync(topic, Enumerable.Range(0, count).Select(i => (i % 2, NumberedMapper.Message("pair", $"p{i % 4}", i))));

        await Eventually.TrueAsync(() => _observed.Count == count, "one of them has everything");
        Assert.Equal(0, cluster.Statuses[0].Partitions.Sum(p => p.DoneRecords));

        right.SetResult();
        await Eventually.TrueAsync(() => cluster.Statuses[0].Partitions.Sum(p => p.DoneRecords) == count, "everything is done");
        for (var p = 0; p < 4; p++)
        {
            var expected = Enumerable.Range(0, count).Where(i => i % 4 == p).Select(i => (long)i);
            Assert.Equal(expected, _observed.Of($"left/p{p}"));
            Assert.Equal(expected, _observed.Of($"right/p{p}"));
        }
    }

    [Fact]
    public async Task A_device_that_alternates_between_two_partitions_loses_nothing()
    {
        const int count = 600;
        var topic = await _broker.CreateTopicAsync("t", 2);
        var options = StreamCluster.OptionsFor(_broker, topic);
        await using var cluster = await StreamCluster.StartAsync(options, _observed, silos: 2);
        for (var i = 0; i < count; i += 60)
        {
            await _broker.ProduceAsync(topic, Enumerable.Range(i, 60).Select(n => (n % 2, NumberedMapper.Message("device", "both", n))));
            // A grain that is activated anew knows no token, which is where rewindable streams go wrong.
            if (i % 120 == 0) await cluster.Batch("both").LeaveAsync();
        }

        await Eventually.TrueAsync(() => _broker.Committed(options.Kafka.GroupId, topic, 2).Sum() == count, "everything is committed");

        var events = _observed.EventsOf("batch/both");
        Assert.Equal(count, events.Select(e => e.Number).Distinct().Count());
        Assert.Equal(count, events.Count);
        for (var p = 0; p < 2; p++) Assert.Equal(events.Where(e => e.Partition == p).Select(e => e.Offset).Order(), events.Where(e => e.Partition == p).Select(e => e.Offset));
    }

    [Fact]
    public async Task Records_that_wait_for_their_stream_are_delivered_together()
    {
        const int count = 500;
        var topic = await _broker.CreateTopicAsync("t", 1);
        var options = StreamCluster.OptionsFor(_broker, topic);
        options.MaxDeliveryRecords = 200;
        var first = new TaskCompletionSource();
        _observed.OnDelivery = (_, events) => events[0].Number == 0 ? first.Task : Task.CompletedTask;
        await using var cluster = await StreamCluster.StartAsync(options, _observed);
        for (var i = 0; i < count; i += 25)
        {
            await _broker.ProduceAsync(topic, Enumerable.Range(i, 25).Select(n => (0, NumberedMapper.Message("device", "d", n))));
        }

        await Eventually.TrueAsync(() => cluster.Statuses[0].Partitions is [{ InFlightRecords: count }], "all are read");
        first.SetResult();
        await Eventually.TrueAsync(() => _observed.Count == count, "all events arrived");

        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), _observed.Of("batch/d"));
        Assert.InRange(_observed.Deliveries, 3, 6);
    }
}
