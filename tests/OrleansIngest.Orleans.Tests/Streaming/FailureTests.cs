using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>Grains that fail, are slow, or do not activate: nothing is lost, and only their own streams wait.</summary>
public sealed class FailureTests : IDisposable
{
    private readonly KafkaTestBroker _broker = KafkaTestBroker.StartOwn();
    private readonly Observed _observed = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task A_stream_that_fails_waits_and_goes_on_in_order_while_others_are_not_delayed()
    {
        const int devices = 20;
        var (topic, options) = await TopicAsync(2);
        var failing = true;
        _observed.OnDelivery = (grain, _) => failing && grain == "batch/d7" ? throw new InvalidOperationException("not now") : Task.CompletedTask;
        await using var cluster = await StreamCluster.StartAsync(options, _observed);

        var watch = Stopwatch.StartNew();
        for (var round = 0; round < 15; round++)
        {
            await _broker.ProduceAsync(topic, Enumerable.Range(round * devices, devices).Select(i => (i % 2, NumberedMapper.Message("device", $"d{i % devices}", i))));
            var expected = (round + 1) * (devices - 1);
            var produced = watch.Elapsed;
            await Eventually.TrueAsync(() => _observed.Count >= expected, "the others arrived");
            Assert.InRange((watch.Elapsed - produced).TotalSeconds, 0, 2);
            await Task.Delay(100, Cancellation);
        }

        Assert.Empty(_observed.Of("batch/d7"));
        await Eventually.TrueAsync(() => Committed(options, topic, 2)[0] == 150, "the other partition is committed");
        // d7 is in partition 1, where the first record of its own stands at offset 3.
        Assert.Equal(3, Committed(options, topic, 2)[1]);
        var waiting = cluster.Statuses[0].Partitions[1].Oldest!;
        Assert.Equal(("d7", 3, true), (waiting.Key, waiting.Offset, waiting.HandedOut));

        failing = false;
        await Eventually.TrueAsync(() => Committed(options, topic, 2)[1] == 150, "everything is committed");
        Assert.Equal(Enumerable.Range(0, 15).Select(r => (long)((r * devices) + 7)), _observed.Of("batch/d7"));
        Assert.Equal(15 * devices, _observed.Count);
    }

    [Fact]
    public async Task A_delivery_that_takes_longer_than_the_response_timeout_is_repeated_and_not_lost()
    {
        var (topic, options) = await TopicAsync(1);
        var slow = 2;
        _observed.OnDelivery = async (grain, _) =>
        {
            if (grain == "batch/slow" && Interlocked.Decrement(ref slow) >= 0) await Task.Delay(2_500, Cancellation);
        };
        await using var cluster = await StreamCluster.StartAsync(options, _observed, silo: silo =>
            silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(1)));
        await _broker.ProduceAsync(topic, Enumerable.Range(0, 10).Select(i => (0, NumberedMapper.Message("device", i % 2 == 0 ? "slow" : "fast", i))));

        await Eventually.TrueAsync(() => Committed(options, topic, 1)[0] == 10, "everything is committed", 30);

        Assert.Equal([1, 3, 5, 7, 9], _observed.Of("batch/fast"));
        var seen = _observed.Of("batch/slow");
        Assert.Equal([0, 2, 4, 6, 8], seen.Distinct());
        Assert.True(seen.Count > 5, "the first delivery timed out, so it was repeated");
    }

    [Fact]
    public async Task A_grain_that_does_not_activate_at_first_loses_nothing()
    {
        var (topic, options) = await TopicAsync(1);
        var attempts = 0;
        _observed.OnActivation = _ => Interlocked.Increment(ref attempts) < 5 ? throw new InvalidOperationException("its state cannot be had") : Task.CompletedTask;
        await using var cluster = await StreamCluster.StartAsync(options, _observed);
        for (var i = 0; i < 30; i += 3)
        {
            await _broker.ProduceAsync(topic, Enumerable.Range(i, 3).Select(n => (0, NumberedMapper.Message("device", "late", n))));
        }

        await Eventually.TrueAsync(() => Committed(options, topic, 1)[0] == 30, "everything is committed");

        Assert.Equal(Enumerable.Range(0, 30).Select(i => (long)i), _observed.Of("batch/late"));
        Assert.Equal(5, attempts);
    }

    [Fact]
    public async Task What_Orleans_gives_up_on_is_handed_out_again_and_accounted_for()
    {
        var (topic, options) = await TopicAsync(1);
        var failing = true;
        _observed.OnDelivery = (_, events) => failing && events[0].Number == 1 ? throw new InvalidOperationException("not now") : Task.CompletedTask;
        await using var cluster = await StreamCluster.StartAsync(options, _observed, silo: silo =>
            silo.Services.Configure<StreamPullingAgentOptions>(StreamCluster.Provider, o => o.MaxEventDeliveryTime = TimeSpan.FromMilliseconds(300)));
        await _broker.ProduceAsync(topic, [(0, NumberedMapper.Message("device", "d", 0))]);
        await Eventually.TrueAsync(() => _observed.Count == 1, "the first arrived");
        await _broker.ProduceAsync(topic, [(0, NumberedMapper.Message("device", "d", 1))]);
        await Eventually.TrueAsync(() => _observed.Deliveries > 1, "the second was tried");
        await _broker.ProduceAsync(topic, [(0, NumberedMapper.Message("device", "d", 2))]);

        await Eventually.TrueAsync(() => cluster.Statuses[0].GivenUp >= 2, "it was given up twice");
        Assert.Contains("device/d", cluster.Statuses[0].LastGivenUp);
        Assert.Equal([0], _observed.Of("batch/d"));
        Assert.Equal(1, cluster.Statuses[0].Partitions[0].Reading.Watermark);
        Assert.Equal(1, cluster.Log.CountOf(405));

        failing = false;
        await Eventually.TrueAsync(() => Committed(options, topic, 1)[0] == 3, "everything is committed");
        Assert.Equal([0, 1, 2], _observed.Of("batch/d"));
    }

    [Fact]
    public async Task Reading_stops_before_memory_grows_and_goes_on_by_itself()
    {
        const int count = 4_000, size = 1_000;
        var (topic, options) = await TopicAsync(2);
        options.MaxInFlightBytes = 1024 * 1024;
        options.MaxPartitionInFlightBytes = 1024 * 1024;
        options.Kafka.PollRecords = 50;
        var gate = new TaskCompletionSource();
        _observed.OnDelivery = (_, _) => gate.Task;
        await using var cluster = await StreamCluster.StartAsync(options, _observed);
        await _broker.ProduceAsync(topic, Enumerable.Range(0, count).Select(i => (i % 2, NumberedMapper.Message("device", $"{i % 10}-{new string('x', size)}", i))));

        await Eventually.TrueAsync(() => cluster.Statuses[0].Partitions.Sum(p => p.InFlightBytes) >= options.MaxInFlightBytes, "the budget is spent");
        await Task.Delay(1_000, Cancellation);
        Assert.InRange(cluster.Statuses[0].Partitions.Sum(p => p.InFlightBytes), options.MaxInFlightBytes, 2 * options.MaxInFlightBytes);

        gate.SetResult();
        await Eventually.TrueAsync(() => Committed(options, topic, 2).Sum() == count, "everything is committed", 30);
        Assert.Equal(count, _observed.Distinct);
    }

    [Fact]
    public async Task A_broker_that_goes_away_for_a_while_costs_nothing()
    {
        const int count = 2_000;
        var (topic, options) = await TopicAsync(2);
        await _broker.ProduceAsync(topic, Enumerable.Range(0, count).Select(i => (i % 2, NumberedMapper.Message("device", $"d{i % 20}", i))));
        _observed.OnDelivery = (_, _) => Task.Delay(5, Cancellation);
        await using var cluster = await StreamCluster.StartAsync(options, _observed);
        await Eventually.TrueAsync(() => _observed.Count > 100, "some arrived");
        _broker.BuiltIn.TakeDown();
        await Eventually.TrueAsync(() => !cluster.Statuses[0].Reader.Connected, "the broker is missed");
        Assert.NotEmpty(cluster.Statuses[0].Problems);
        _broker.BuiltIn.BringUp();

        await Eventually.TrueAsync(() => Committed(options, topic, 2).Sum() == count, "everything is committed", 30);
        Assert.Equal(count, _observed.Distinct);
    }

    private async Task<(string Topic, OrleansIngest.Streaming.Kafka.KafkaStreamOptions Options)> TopicAsync(int partitions)
    {
        var topic = await _broker.CreateTopicAsync("t", partitions);
        return (topic, StreamCluster.OptionsFor(_broker, topic));
    }

    private long?[] Committed(OrleansIngest.Streaming.Kafka.KafkaStreamOptions options, string topic, int partitions) =>
        _broker.Committed(options.Kafka.GroupId, topic, partitions);
}
