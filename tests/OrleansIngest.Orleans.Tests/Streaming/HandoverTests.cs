using Orleans.TestingHost;
using OrleansIngest.Streaming.Kafka;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>Partitions that move between silos.</summary>
public sealed class HandoverTests : IDisposable
{
    private const int Partitions = 12, Devices = 60;

    private readonly KafkaTestBroker _broker = KafkaTestBroker.StartOwn();
    private readonly Observed _observed = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task A_silo_that_stops_gives_its_partitions_away_without_anything_being_read_twice()
    {
        var (topic, options) = await TopicAsync();
        await using var cluster = await StreamCluster.StartAsync(options, _observed, silos: 2);
        await EverySiloReadsAsync(cluster, 2);

        var produced = await WhileProducingAsync(topic, 2_000, async () => await cluster.StopAsync(cluster.Silos[1]));

        await AllAreDoneAsync(options, topic, produced);
        Assert.Equal(produced, _observed.Count);
        AssertInOrder();
    }

    [Fact]
    public async Task A_silo_that_joins_gets_partitions_without_anything_being_read_twice()
    {
        var (topic, options) = await TopicAsync();
        options.HandoverDelay = TimeSpan.FromSeconds(2);
        await using var cluster = await StreamCluster.StartAsync(options, _observed);
        await EverySiloReadsAsync(cluster, 1);

        var produced = await WhileProducingAsync(topic, 2_000, async () =>
        {
            await cluster.AddSiloAsync();
            await EverySiloReadsAsync(cluster, 2);
        });

        await AllAreDoneAsync(options, topic, produced);
        Assert.Equal(produced, _observed.Count);
        AssertInOrder();
    }

    [Fact]
    public async Task What_a_killed_silo_was_reading_is_read_on_by_the_others()
    {
        var (topic, options) = await TopicAsync();
        await using var cluster = await StreamCluster.StartAsync(options, _observed, silos: 2);
        await EverySiloReadsAsync(cluster, 2);

        var produced = await WhileProducingAsync(topic, 2_000, async () => await cluster.KillAsync(cluster.Silos[1]));

        await AllAreDoneAsync(options, topic, produced);
    }

    [Fact]
    public async Task What_a_silo_did_not_commit_before_it_was_killed_comes_again()
    {
        const short offsetCommit = 8;
        var (topic, options) = await TopicAsync();
        options.Kafka.CommitInterval = TimeSpan.FromHours(1);
        await using var cluster = await StreamCluster.StartAsync(options, _observed, silos: 2);
        await EverySiloReadsAsync(cluster, 2);
        await _broker.ProduceAsync(topic, Enumerable.Range(0, Devices * 10).Select(Record));
        await Eventually.TrueAsync(() => _observed.Count == Devices * 10, "all events arrived");
        var lost = StreamCluster.StatusOf(cluster.Silos[1]).Partitions.Select(p => p.Reading.Partition).ToList();

        _broker.BuiltIn.FailRequests(offsetCommit, [.. Enumerable.Repeat(Confluent.Kafka.ErrorCode.GroupAuthorizationFailed, 50)]);
        await cluster.KillAsync(cluster.Silos[1]);

        var again = Enumerable.Range(0, Devices).Where(d => lost.Contains(d % Partitions)).ToList();
        await Eventually.TrueAsync(() => _observed.Count == (Devices + again.Count) * 10, "what the killed silo had is delivered again", 30);
        Assert.All(again, d => Assert.Equal(
            Enumerable.Range(0, 20).Select(i => (long)((i % 10 * Devices) + d)), _observed.Of($"batch/d{d}")));
    }

    [Fact]
    public async Task The_next_owner_begins_at_the_first_record_that_is_not_done()
    {
        var (topic, options) = await TopicAsync();
        var failing = true;
        _observed.OnDelivery = (grain, _) => failing && grain == "batch/d5" ? throw new InvalidOperationException("not now") : Task.CompletedTask;
        await using var cluster = await StreamCluster.StartAsync(options, _observed, silos: 2);
        await EverySiloReadsAsync(cluster, 2);
        await _broker.ProduceAsync(topic, Enumerable.Range(0, Devices * 10).Select(Record));
        await Eventually.TrueAsync(() => _observed.Distinct == (Devices - 1) * 10, "all but one device's arrived");
        var partition = 5;
        var owner = cluster.Silos.Single(s => StreamCluster.StatusOf(s).Partitions.Any(p => p.Reading.Partition == partition));
        await Eventually.TrueAsync(() => Committed(options, topic)[partition] == 0, "nothing before the failing record is there to be committed");

        await cluster.KillAsync(owner);
        failing = false;

        await AllAreDoneAsync(options, topic, Devices * 10);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)((i * Devices) + 5)), _observed.Of("batch/d5"));
    }

    /// <summary>A minute or so of silos that come, stop and are killed at random, with grains that fail now and then.</summary>
    [Theory(Explicit = true)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Nothing_is_lost_whatever_silos_come_and_go(int seed)
    {
        var (random, kills) = (new Random(seed), 0);
        var (topic, options) = await TopicAsync();
        _observed.OnDelivery = async (_, _) =>
        {
            await Task.Delay(Random.Shared.Next(200), Cancellation);
            if (Random.Shared.Next(50) == 0) throw new InvalidOperationException("now and then");
        };
        await using var cluster = await StreamCluster.StartAsync(options, _observed, silos: 2);
        var produced = await WhileProducingAsync(topic, 10_000, async () =>
        {
            for (var i = 0; i < 12; i++)
            {
                var silos = cluster.Silos;
                if (silos.Count < 2 || (silos.Count < 4 && random.Next(2) == 0)) await cluster.AddSiloAsync();
                else if (random.Next(2) == 0) await cluster.StopAsync(silos[random.Next(1, silos.Count)]);
                else
                {
                    await cluster.KillAsync(silos[random.Next(1, silos.Count)]);
                    kills++;
                }

                await Task.Delay(random.Next(3_000), Cancellation);
            }
        });

        await AllAreDoneAsync(options, topic, produced);
        TestContext.Current.TestOutputHelper!.WriteLine($"{produced} records, {_observed.Count - produced} of them again; {kills} silos killed");
    }

    private async Task<(string Topic, KafkaStreamOptions Options)> TopicAsync()
    {
        var topic = await _broker.CreateTopicAsync("t", Partitions);
        return (topic, StreamCluster.OptionsFor(_broker, topic));
    }

    // A device's records are all in one partition.
    private static (int, Confluent.Kafka.Message<byte[]?, byte[]?>) Record(int number) =>
        (number % Devices % Partitions, NumberedMapper.Message("device", $"d{number % Devices}", number));

    private async Task<int> WhileProducingAsync(string topic, int least, Func<Task> change)
    {
        var (produced, changed) = (0, Task.CompletedTask);
        while (produced < least || !changed.IsCompleted)
        {
            await _broker.ProduceAsync(topic, Enumerable.Range(produced, 100).Select(Record));
            produced += 100;
            if (produced == least / 4) changed = Task.Run(change, Cancellation);
            await Task.Delay(20, Cancellation);
        }

        await changed;
        return produced;
    }

    private static Task EverySiloReadsAsync(StreamCluster cluster, int silos) => Eventually.TrueAsync(
        () => cluster.Silos.Count == silos
            && cluster.Statuses.All(s => s.Partitions.Count > 0)
            && cluster.Statuses.SelectMany(s => s.Partitions).Select(p => p.Reading.Partition).Order().SequenceEqual(Enumerable.Range(0, Partitions)),
        "every silo reads some partitions, and each is read by one", 30);

    private async Task AllAreDoneAsync(KafkaStreamOptions options, string topic, int produced)
    {
        await Eventually.TrueAsync(() => _observed.Distinct == produced, "all events arrived", 30);
        await Eventually.TrueAsync(() => Committed(options, topic).Sum() == produced, "everything is committed");
    }

    private void AssertInOrder() => Assert.All(_observed.Subscribers, s => Assert.Equal(_observed.Of(s).Order(), _observed.Of(s)));

    private long?[] Committed(KafkaStreamOptions options, string topic) => _broker.Committed(options.Kafka.GroupId, topic, Partitions);
}
