using Confluent.Kafka;
using OrleansIngest.Kafka.Reading;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Kafka.Tests;

/// <summary>Partitions that are taken on and given up one by one.</summary>
public sealed class AssignmentTests : IDisposable
{
    private readonly KafkaTestBroker _broker = KafkaTestBroker.Start();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task A_partition_goes_from_one_reader_to_another_without_gap_or_overlap()
    {
        var topic = await _broker.CreateTopicAsync("handover", 2);
        await _broker.ProduceAsync(topic, Messages.Numbered(2_000, 2));
        var options = _broker.Options([topic]);
        await using var from = new ReaderRig(_broker, options) { DoneAtOnce = false };
        await using var to = new ReaderRig(_broker, options);
        var (moved, kept) = (new TopicPartition(topic, 0), new TopicPartition(topic, 1));
        await from.Reader.AddAsync(moved, Cancellation);
        await from.Reader.AddAsync(kept, Cancellation);
        await Eventually.TrueAsync(() => from.Count == 2_000, "the first reader read both");

        // Reading stops, what is in flight is finished, the watermark is committed: then the other begins.
        await from.Reader.StopReadingAsync(moved);
        var old = from.Consumer(topic, 0);
        var handedOn = old.Count;
        await _broker.ProduceAsync(topic, Messages.Numbered(2_000, 2, from: 2_000));
        old.CompleteAll();
        Assert.True(await from.Reader.RemoveAsync(moved, Cancellation));
        Assert.Equal(1_000, _broker.Committed(options.GroupId, topic, 2)[0]);
        await to.Reader.AddAsync(moved, Cancellation);

        await Eventually.TrueAsync(() => to.Count == 1_000 && from.Consumer(topic, 1).Count == 2_000, "both read on");
        Assert.Equal(handedOn, old.Count);
        Assert.Equal(Enumerable.Range(1_000, 1_000).Select(i => (long)i), to.Consumer(topic, 0).Offsets);
        Assert.Equal(Enumerable.Range(0, 2_000).Select(i => (long)i), from.Consumer(topic, 1).Offsets);
        Assert.Equal([1], from.Reader.Status.Partitions.Select(p => p.Partition));
        Assert.Equal([0], to.Reader.Status.Partitions.Select(p => p.Partition));

        // And back again, with a new consumer.
        Assert.True(await to.Reader.RemoveAsync(moved, Cancellation));
        await from.Reader.AddAsync(moved, Cancellation);
        await _broker.ProduceAsync(topic, Enumerable.Range(0, 5).Select(i => (0, Messages.Text($"{i}"))));
        await Eventually.TrueAsync(() => from.Consumer(topic, 0).Count == 5, "the first reader reads it again");
        Assert.Equal([2_000, 2_001, 2_002, 2_003, 2_004], from.Consumer(topic, 0).Offsets);
    }

    [Fact]
    public async Task A_partition_that_does_not_exist_is_waited_for_without_hindering_others()
    {
        var topic = await _broker.CreateTopicAsync("slots", 1);
        await _broker.ProduceAsync(topic, Messages.Numbered(5, 1));
        await using var rig = new ReaderRig(_broker, _broker.Options([topic]));
        var beyond = rig.Reader.AddAsync(new TopicPartition(topic, 7), Cancellation);
        await rig.Reader.AddAsync(new TopicPartition(topic, 0), Cancellation);
        await Eventually.TrueAsync(() => rig.Count == 5, "the existing one is read");
        await Eventually.TrueAsync(() => rig.Reader.Status.MissingTopics.Contains($"{topic}[7]"), "the other is named");
        Assert.False(beyond.IsCompleted);
        Assert.Equal(PartitionState.Waiting, rig.Reader.Status.Partitions[1].State);

        await rig.Reader.RemoveAsync(new TopicPartition(topic, 7), Cancellation);
        await Eventually.TrueAsync(() => rig.Reader.Status.MissingTopics.Count == 0, "nothing is missing");
    }

    [Fact]
    public async Task A_consumer_that_cannot_be_made_is_tried_again_and_logged_once()
    {
        var topic = await _broker.CreateTopicAsync("broken", 2);
        await _broker.ProduceAsync(topic, Messages.Numbered(4, 2));
        var options = _broker.Options([topic]);
        options.MetadataInterval = TimeSpan.FromMilliseconds(100);
        await using var rig = new ReaderRig(_broker, options) { Broken = true };
        var assigned = rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Log.CountOf(111) == 1, "the failure is logged");
        await Task.Delay(500, Cancellation);
        Assert.False(assigned.IsCompleted);
        Assert.Equal(1, rig.Log.CountOf(111));
        Assert.Contains("database is away", rig.Reader.Status.LastError);
        Assert.Contains($"{topic}[1] (it cannot be opened: The database is away.)", rig.Reader.Status.Problem);
        rig.Broken = false;
        await assigned.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        await Eventually.TrueAsync(() => rig.Count == 4, "all records arrived");
        Assert.Null(rig.Reader.Status.Problem);
    }

    [Fact]
    public async Task A_consumer_that_takes_long_to_be_made_is_named()
    {
        var topic = await _broker.CreateTopicAsync("slow", 5);
        var gate = new TaskCompletionSource();
        await using var rig = new ReaderRig(_broker, _broker.Options([topic])) { Gate = gate.Task };
        var assigned = rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Reader.Status is { Connected: true, Problem: not null }, "the delay shows");
        Assert.Contains($"{topic}[0] (opening it has taken", rig.Reader.Status.Problem);
        Assert.EndsWith("and 2 more", rig.Reader.Status.Problem);
        gate.SetResult();
        await assigned.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.Null(rig.Reader.Status.Problem);
    }

    [Fact]
    public async Task Adding_and_removing_many_times_hands_every_record_on_once()
    {
        const int count = 3_000;
        var topic = await _broker.CreateTopicAsync("churn", 3);
        await using var rig = new ReaderRig(_broker, _broker.Options([topic]));
        var all = Enumerable.Range(0, 3).Select(i => new TopicPartition(topic, i)).ToList();
        foreach (var partition in all) await rig.Reader.AddAsync(partition, Cancellation);
        var producing = _broker.ProduceAsync(topic, Messages.Numbered(count, 3));
        var seen = new List<long>();
        for (var round = 0; round < 10; round++)
        {
            var before = rig.Consumer(topic, 0);
            Assert.True(await rig.Reader.RemoveAsync(all[0], Cancellation));
            seen.AddRange(before.Offsets);
            await rig.Reader.AddAsync(all[0], Cancellation);
        }

        await producing;
        await Eventually.TrueAsync(() => seen.Count + rig.Consumer(topic, 0).Count >= count / 3, "all of it was read");
        seen.AddRange(rig.Consumer(topic, 0).Offsets);
        Assert.Equal(Enumerable.Range(0, count / 3).Select(i => (long)i), seen);
        await Eventually.TrueAsync(() => rig.Consumer(topic, 1).Count + rig.Consumer(topic, 2).Count == count * 2 / 3, "the others too");
    }
}
