using OrleansIngest.Core.Delivery;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Kafka.Tests;

/// <summary>Logs that lose their beginning, or begin again, before and while they are read.</summary>
public sealed class LogChangeTests : IDisposable
{
    private readonly KafkaTestBroker _broker = KafkaTestBroker.StartOwn();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task Retention_that_passed_the_committed_offset_is_reported_with_its_range()
    {
        var topic = await _broker.CreateTopicAsync("passed", 1);
        var options = await CommitAsync(topic, 100);
        await _broker.ProduceAsync(topic, Messages.Numbered(900, 1, from: 100));
        _broker.BuiltIn.DeleteRecords(topic, 0, 400);

        await using var rig = new ReaderRig(_broker, options);
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Count == 600, "the rest arrived");
        Assert.Equal(Enumerable.Range(400, 600).Select(i => (long)i), rig.Consumer(topic, 0).Offsets);
        var status = rig.Reader.Status;
        Assert.Equal((100, 400), (status.Skipped.Single().From, status.Skipped.Single().To));
        Assert.Equal(300, status.SkippedRecords);
        Assert.Equal(0, status.LogRestarts);
        Assert.Equal(1, rig.Log.CountOf(106));
        await Eventually.TrueAsync(() => _broker.Committed(options.GroupId, topic, 1)[0] == 1_000, "the end was committed");
    }

    [Fact]
    public async Task The_built_in_broker_drops_beyond_5_MiB_and_that_is_reported()
    {
        var topic = await _broker.CreateTopicAsync("overrun", 1);
        var options = await CommitAsync(topic, 10);
        // 12 MB that no codec makes smaller, in batches of less than 1 MB.
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await _broker.ProduceAsync(topic, Enumerable.Range(0, 40).Select(_ =>
            {
                var bytes = new byte[100_000];
                Random.Shared.NextBytes(bytes);
                return (0, new Confluent.Kafka.Message<byte[]?, byte[]?> { Value = bytes });
            }));
        }

        await using var rig = new ReaderRig(_broker, options);
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Reader.Status.Partitions[0].Position == 130, "the end was reached");
        var skipped = rig.Reader.Status.Skipped.Single();
        Assert.Equal(10, skipped.From);
        Assert.InRange(skipped.To, 11, 129);
        Assert.Equal(120, rig.Count + rig.Reader.Status.SkippedRecords);
    }

    [Fact]
    public async Task Retention_that_passes_a_reader_in_mid_run_is_reported_and_reading_goes_on()
    {
        var topic = await _broker.CreateTopicAsync("overtaken", 2);
        await _broker.ProduceAsync(topic, Messages.Numbered(20_000, 2, padding: 100));
        await using var rig = new ReaderRig(_broker, _broker.Options([topic])) { DoneAtOnce = false, Limits = new Limits(10_000, long.MaxValue) };
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        // One is full, the other is not, so that the full one is paused and what it fetched ahead is dropped.
        await Eventually.TrueAsync(
            () =>
            {
                rig.Consumers.FirstOrDefault(c => c.Source.Partition == 1)?.CompleteAll();
                return rig.Reader.Status.Partitions is [{ Paused: true }, { Position: 10_000 }];
            },
            "the first is paused and the second read");
        var stopped = rig.Reader.Status.Partitions[0].Position!.Value;
        _broker.BuiltIn.DeleteRecords(topic, 0, 9_000);

        await Eventually.TrueAsync(
            () =>
            {
                foreach (var consumer in rig.Consumers) consumer.CompleteAll();
                return rig.Reader.Status.Partitions[0].Position == 10_000;
            },
            "the end was reached");
        var offsets = rig.Consumer(topic, 0).Offsets;
        Assert.Equal(offsets.Order().Distinct(), offsets);
        var skipped = Assert.Single(rig.Reader.Status.Skipped);
        Assert.Equal(9_000, skipped.To);
        Assert.InRange(skipped.From, stopped, 8_999);
        Assert.Equal(10_000, offsets.Count + rig.Reader.Status.SkippedRecords);
        // The log is the same: the consumer went on.
        Assert.Equal(2, rig.Openings.Count);
        rig.Consumer(topic, 0).CompleteAll();
        await Eventually.TrueAsync(() => _broker.Committed(rig.Options.GroupId, topic, 1)[0] == 10_000, "the end was committed");
    }

    [Fact]
    public async Task A_topic_created_anew_while_nobody_reads_is_read_from_its_beginning()
    {
        var topic = await _broker.CreateTopicAsync("anew", 1);
        var options = await CommitAsync(topic, 100);
        _broker.BuiltIn.DeleteTopic(topic);
        _broker.BuiltIn.CreateTopic(topic, 1);
        await _broker.ProduceAsync(topic, Messages.Numbered(30, 1));
        await using var rig = new ReaderRig(_broker, options);
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Count == 30, "the new log was read");
        Assert.Equal(new PartitionStart(rig.Openings.Single().ClusterId, topic, 0, null, 0, 30), rig.Openings.Single());
    }

    [Theory]
    [InlineData(30)]
    [InlineData(200)]
    public async Task A_topic_created_anew_in_mid_run_gets_a_new_consumer_and_is_read_from_its_beginning(int records)
    {
        var topic = await _broker.CreateTopicAsync($"restart{records}", 1);
        await _broker.ProduceAsync(topic, Messages.Numbered(100, 1));
        await using var rig = new ReaderRig(_broker, _broker.Options([topic]));
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Count == 100 && rig.Reader.Status.Partitions[0].Committed == 100, "the old log was read");
        var old = rig.Consumer(topic, 0);
        rig.Epoch = 1;

        _broker.BuiltIn.DeleteTopic(topic);
        await Eventually.TrueAsync(() => rig.Reader.Status.MissingTopics.Contains(topic), "the topic is missed");
        _broker.BuiltIn.CreateTopic(topic, 1);
        await _broker.ProduceAsync(topic, Messages.Numbered(records, 1));
        await Eventually.TrueAsync(() => rig.Consumer(topic, 0) != old && rig.Count >= records, "the new log was read");
        Assert.Equal(Enumerable.Range(0, records).Select(i => (long)i), rig.Consumer(topic, 0).Offsets);
        Assert.All(rig.Consumer(topic, 0).Records, r => Assert.Equal(1, r.Source.Epoch));
        Assert.Equal(100, old.Count);
        Assert.Equal(1, rig.Reader.Status.LogRestarts);
        Assert.Equal(1, rig.Log.CountOf(107));
        await Eventually.TrueAsync(() => _broker.Committed(rig.Options.GroupId, topic, 1)[0] == records, "its end was committed");
    }

    private async Task<KafkaOptions> CommitAsync(string topic, int records)
    {
        var options = _broker.Options([topic]);
        await _broker.ProduceAsync(topic, Messages.Numbered(records, 1));
        await using var rig = new ReaderRig(_broker, options);
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Count == records, "the first records arrived");
        await rig.StopAsync();
        Assert.Equal(records, _broker.Committed(options.GroupId, topic, 1)[0]);
        return options;
    }
}
