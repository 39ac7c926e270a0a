using Orleans.Streams;
using OrleansIngest.Streaming.Kafka;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>Grains that go back to a token.</summary>
public sealed class RewindingTests : IDisposable
{
    private readonly KafkaTestBroker _broker = KafkaTestBroker.StartOwn();
    private readonly Observed _observed = new();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task A_grain_that_is_activated_anew_may_go_back_to_a_token()
    {
        await using var cluster = await StartAsync(1);
        await ProduceAsync(cluster, 0, 10);
        await Eventually.TrueAsync(() => _observed.Of("batch/d").Count == 10, "the first ten arrived");
        var token = (KafkaSequenceToken)_observed.Tokens["batch/d"];
        await LeaveAsync(cluster);
        _observed.ResumeAt = _ => new KafkaSequenceToken(token.Topic, token.Partition, token.Epoch, 6, 0);

        await ProduceAsync(cluster, 10, 1);

        await Eventually.TrueAsync(() => _observed.Of("batch/d").Contains(10), "the next arrived");
        // Polls make containers, and a container comes as a whole; but nothing from the token on is left out.
        var again = _observed.Of("batch/d").Skip(10).ToList();
        Assert.Equal(Enumerable.Range((int)again[0], 11 - (int)again[0]).Select(i => (long)i), again);
        Assert.InRange(again[0], 0, 6);
        await Eventually.TrueAsync(() => cluster.Committed(_broker, 1)[0] == 11, "everything is committed");
        Assert.Empty(_observed.Errors);
    }

    [Fact]
    public async Task Going_back_too_far_is_refused_and_delivery_goes_on()
    {
        await using var cluster = await StartAsync(1);
        await ProduceAsync(cluster, 0, 10);
        await Eventually.TrueAsync(() => cluster.Committed(_broker, 1)[0] == 10, "the first ten are committed");
        var silo = await cluster.AddSiloAsync();
        await cluster.StopAsync(cluster.Silos.First(s => s != silo));
        _observed.ResumeAt = _ => new KafkaSequenceToken(cluster.Options.Topics[0], 0, 0, 3, 0);

        await ProduceAsync(cluster, 10, 1);

        await Eventually.TrueAsync(() => _observed.Of("batch/d").Contains(10), "the next arrived");
        Assert.Equal(Enumerable.Range(0, 11).Select(i => (long)i), _observed.Of("batch/d"));
        Assert.Contains(_observed.Errors, e => e.Subscriber == "batch/d");
        await Eventually.TrueAsync(() => cluster.Committed(_broker, 1)[0] == 11, "everything is committed");
    }

    [Fact]
    public async Task A_rewindable_stream_that_arrives_through_two_partitions_loses_nothing()
    {
        const int count = 100;
        await using var cluster = await StartAsync(2);
        for (var i = 0; i < count; i += 10)
        {
            await ProduceAsync(cluster, i, 10, partitions: 2);
            if (i % 30 == 0) await LeaveAsync(cluster);
        }

        await Eventually.TrueAsync(() => cluster.Committed(_broker, 2).Sum() == count, "everything is committed");

        Assert.Equal(count, _observed.Distinct);
    }

    [Fact]
    public async Task Streams_do_not_rewind_unless_asked_to()
    {
        var options = StreamCluster.OptionsFor(_broker, await _broker.CreateTopicAsync("t", 1));
        options.DrainTimeout = TimeSpan.Zero;
        await using var cluster = await StreamCluster.StartAsync(options, _observed);
        _observed.ResumeAt = _ => new KafkaSequenceToken("t", 0, 0, 0, 0);
        Assert.False(cluster.Client.GetStreamProvider(StreamCluster.Provider).IsRewindable);

        await ProduceAsync(cluster, 0, 1);

        // Orleans refuses the token, so the grain does not subscribe and the record waits.
        await Eventually.TrueAsync(() => cluster.Statuses[0].Partitions is [{ Oldest.HandedOut: true }], "it is handed out");
        _observed.ResumeAt = _ => null;
        await Eventually.TrueAsync(() => _observed.Count == 1, "it arrived");
    }

    private async Task<StreamCluster> StartAsync(int partitions)
    {
        var options = StreamCluster.OptionsFor(_broker, await _broker.CreateTopicAsync("t", partitions));
        options.Rewindable = true;
        return await StreamCluster.StartAsync(options, _observed);
    }

    private Task ProduceAsync(StreamCluster cluster, int from, int count, int partitions = 1) => _broker.ProduceAsync(
        cluster.Options.Topics[0], Enumerable.Range(from, count).Select(i => (i % partitions, NumberedMapper.Message("device", "d", i))));

    private async Task LeaveAsync(StreamCluster cluster)
    {
        var before = _observed.Activations;
        await cluster.Batch("d").LeaveAsync();
        for (var i = 0; _observed.Activations == before; i++)
        {
            Assert.True(i < 1_000, "The grain is not activated anew.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
            await cluster.Batch("d").WhereAsync();
        }
    }
}
