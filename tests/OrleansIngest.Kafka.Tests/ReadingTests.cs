using System.Text;
using Confluent.Kafka;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka.Reading;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Kafka.Tests;

/// <summary>What arrives, from where on, and what is committed.</summary>
public sealed class ReadingTests : IDisposable
{
    private readonly KafkaTestBroker _broker = KafkaTestBroker.Start();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task Every_record_of_every_topic_arrives_once_and_in_order()
    {
        const int partitions = 24, count = 24_000;
        var (a, b) = (await _broker.CreateTopicAsync("a", partitions), await _broker.CreateTopicAsync("b", 3));
        await _broker.ProduceAsync(a, Messages.Numbered(count, partitions));
        await using var rig = new ReaderRig(_broker, _broker.Options([a, b]));
        await rig.Reader.AssignAllAsync([a, b], Cancellation);
        await _broker.ProduceAsync(b, Messages.Numbered(300, 3));

        await Eventually.TrueAsync(() => rig.Count == count + 300, "all records arrived");

        Assert.Equal(partitions + 3, rig.Consumers.Count);
        foreach (var consumer in rig.Consumers)
        {
            var step = consumer.Source.Topic == a ? partitions : 3;
            var records = consumer.Records;
            Assert.Equal(records.Count, records.Select(r => r.Offset).Distinct().Count());
            Assert.Equal(Enumerable.Range(0, records.Count).Select(i => (long)i), records.Select(r => r.Offset));
            Assert.All(records, r => Assert.Equal((consumer.Source.Partition + (r.Offset * step)).ToString(), r.Value.Utf8()));
            Assert.All(records, r => Assert.Same(consumer.Source, r.Source));
            Assert.InRange(consumer.LargestBatch, 1, rig.Options.PollRecords);
        }

        await Eventually.TrueAsync(() => rig.Reader.Status.Partitions.All(p => p.Lag == 0 && p.Position == p.End), "the lag is 0");
        Assert.Null(rig.Reader.Status.Problem);
        Assert.Equal(partitions, rig.Reader.Status.PartitionCounts[a]);
    }

    [Fact]
    public async Task Keys_values_headers_and_timestamps_arrive_as_they_were_sent()
    {
        var topic = await _broker.CreateTopicAsync("intact", 1);
        byte[] bytes = [0, 255, 10, 13, 0xC3, 0x28];
        var large = new byte[300_000];
        Random.Shared.NextBytes(large);
        var time = new DateTimeOffset(2025, 8, 20, 18, 0, 54, 117, TimeSpan.Zero);
        await _broker.ProduceAsync(topic,
        [
            (0, new Message<byte[]?, byte[]?>
            {
                Key = bytes,
                Value = bytes,
                Timestamp = new Timestamp(time),
                Headers = [new Header("first", bytes), new Header("first", []), new Header("null", null)],
            }),
            (0, new Message<byte[]?, byte[]?> { Key = null, Value = null }),
            (0, new Message<byte[]?, byte[]?> { Key = [], Value = [] }),
            (0, new Message<byte[]?, byte[]?> { Key = Encoding.UTF8.GetBytes("large"), Value = large }),
        ]);
        await using var rig = new ReaderRig(_broker, _broker.Options([topic]));
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Count == 4, "all records arrived");

        var records = rig.Consumer(topic, 0).Records;
        Assert.Equal(bytes, records[0].Key!.Value.ToArray());
        Assert.Equal(bytes, records[0].Value!.Value.ToArray());
        Assert.Equal(time.ToUnixTimeMilliseconds() * 1000, records[0].TimestampMicros);
        Assert.Equal(["first", "first", "null"], records[0].Headers!.Select(h => h.Name));
        Assert.Equal(bytes, records[0].Headers![0].Value!.Value.ToArray());
        Assert.Equal(0, records[0].Headers![1].Value!.Value.Length);
        Assert.Null(records[0].Headers![2].Value);
        Assert.Null(records[1].Key);
        Assert.Null(records[1].Value);
        Assert.Null(records[1].Headers);
        Assert.Equal(0, records[2].Key!.Value.Length);
        Assert.Equal(0, records[2].Value!.Value.Length);
        Assert.Equal(large, records[3].Value!.Value.ToArray());
    }

    [Fact]
    public async Task Reading_goes_on_exactly_at_the_committed_watermark()
    {
        var topic = await _broker.CreateTopicAsync("resume", 1);
        await _broker.ProduceAsync(topic, Messages.Numbered(1_000, 1));
        var options = _broker.Options([topic]);
        await using (var first = new ReaderRig(_broker, options) { DoneAtOnce = false })
        {
            await first.Reader.AssignAllAsync([topic], Cancellation);
            await Eventually.TrueAsync(() => first.Count == 1_000, "all records arrived");
            var consumer = first.Consumer(topic, 0);
            // All but one are done: the watermark stands at the one.
            consumer.Complete(consumer.Records.Where(r => r.Offset != 700));
            await first.StopAsync();
        }

        Assert.Equal(700, _broker.Committed(options.GroupId, topic, 1)[0]);
        await using var second = new ReaderRig(_broker, options);
        await second.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => second.Count == 300, "the rest arrived");
        Assert.Equal(Enumerable.Range(700, 300).Select(i => (long)i), second.Consumer(topic, 0).Offsets);
        Assert.Equal(700, second.Openings.Single().Committed);
        await Eventually.TrueAsync(() => _broker.Committed(options.GroupId, topic, 1)[0] == 1_000, "the end was committed");
    }

    [Fact]
    public async Task Watermarks_are_committed_now_and_then_and_never_backwards()
    {
        var topic = await _broker.CreateTopicAsync("forward", 1);
        await _broker.ProduceAsync(topic, Messages.Numbered(500, 1));
        await using var rig = new ReaderRig(_broker, _broker.Options([topic])) { DoneAtOnce = false };
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Count == 500, "all records arrived");
        var consumer = rig.Consumer(topic, 0);
        long? Committed() => _broker.Committed(rig.Options.GroupId, topic, 1)[0];

        await Eventually.TrueAsync(() => Committed() == 0, "the beginning was committed");
        consumer.Complete(consumer.Records.Where(r => r.Offset >= 100));
        await Task.Delay(300, Cancellation);
        Assert.Equal(0, Committed());
        consumer.Complete(consumer.Records.Where(r => r.Offset < 50));
        await Eventually.TrueAsync(() => Committed() == 50, "the contiguous part was committed");
        consumer.Complete(consumer.Records);
        await Eventually.TrueAsync(() => Committed() == 500, "all was committed");
        await Eventually.TrueAsync(() => rig.Reader.Status.Partitions[0] is { Committed: 500, Watermark: 500, Lag: 0 }, "the status says so");
    }

    [Fact]
    public async Task The_end_of_an_idle_partition_moves_its_watermark()
    {
        var topic = await _broker.CreateTopicAsync("idle", 2);
        await _broker.ProduceAsync(topic, Messages.Numbered(10, 1));
        await using var rig = new ReaderRig(_broker, _broker.Options([topic]));
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(
            () => rig.Consumer(topic, 0).End == 10 && rig.Consumer(topic, 1).End == 0, "both ends were reached");
        Assert.Equal(10, rig.Consumer(topic, 0).Watermark);
        Assert.Equal(0, rig.Consumer(topic, 1).Watermark);
        await Eventually.TrueAsync(
            () => _broker.Committed(rig.Options.GroupId, topic, 2) is [10, 0], "both watermarks were committed");
    }

    [Fact]
    public async Task Latest_begins_at_the_end_and_stays_there_over_a_restart()
    {
        var topic = await _broker.CreateTopicAsync("latest", 1);
        await _broker.ProduceAsync(topic, Messages.Numbered(10, 1));
        var options = _broker.Options([topic]);
        options.AutoOffsetReset = OffsetReset.Latest;
        await using (var first = new ReaderRig(_broker, options))
        {
            await first.Reader.AssignAllAsync([topic], Cancellation);
            await Eventually.TrueAsync(() => _broker.Committed(options.GroupId, topic, 1)[0] == 10, "the end was committed");
        }

        // Written while nobody reads: it must not be passed over by beginning at the end again.
        await _broker.ProduceAsync(topic, Messages.Numbered(5, 1, from: 10));
        await using var second = new ReaderRig(_broker, options);
        await second.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => second.Count == 5, "the new records arrived");
        Assert.Equal([10, 11, 12, 13, 14], second.Consumer(topic, 0).Offsets);
    }

    [Fact]
    public async Task A_full_consumer_pauses_its_partition_and_nothing_is_lost_or_repeated()
    {
        const int count = 20_000, padding = 200;
        var topic = await _broker.CreateTopicAsync("full", 2);
        await _broker.ProduceAsync(topic, Messages.Numbered(count, 2, padding: padding));
        await using var rig = new ReaderRig(_broker, _broker.Options([topic]))
        {
            DoneAtOnce = false,
            Limits = new Limits(100_000, long.MaxValue),
        };
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Reader.Status.Partitions.All(p => p.Paused), "both are paused");
        await Task.Delay(200, Cancellation);
        // Beyond the limit lies at most what one poll hands on.
        var most = 100_000 + (rig.Options.PollRecords * (SourceRecord.Overhead + padding + 20L));
        Assert.All(rig.Consumers, c => Assert.InRange(c.InFlightBytes, 100_000, most));

        await Eventually.TrueAsync(
            () =>
            {
                foreach (var consumer in rig.Consumers)
                {
                    Assert.True(consumer.InFlightBytes <= most);
                    consumer.CompleteAll();
                }

                return rig.Count == count;
            },
            "all records arrived");
        foreach (var consumer in rig.Consumers)
        {
            Assert.Equal(Enumerable.Range(0, count / 2).Select(i => (long)i), consumer.Offsets);
            consumer.CompleteAll();
        }

        await Eventually.TrueAsync(() => rig.Reader.Status.Partitions.All(p => p is { Paused: false, Lag: 0 }), "nothing is paused");
    }

    [Fact]
    public async Task Of_a_backlog_whole_polls_are_handed_on_while_earlier_records_are_under_way()
    {
        const int count = 20_000;
        var topic = await _broker.CreateTopicAsync("backlog", 1);
        await _broker.ProduceAsync(topic, Messages.Numbered(count, 1));
        var options = _broker.Options([topic]);
        options.PollInterval = TimeSpan.FromSeconds(5);
        await using var rig = new ReaderRig(_broker, options) { DoneAtOnce = false };
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Count == count, "all records arrived");

        // Besides the first, which nothing was under way for, and what stood before the end.
        Assert.InRange(rig.Consumer(topic, 0).Batches, count / options.PollRecords, (count / options.PollRecords) + 2);
    }

    [Fact]
    public async Task A_full_partition_does_not_hold_up_another()
    {
        var topic = await _broker.CreateTopicAsync("beside", 2);
        await using var rig = new ReaderRig(_broker, _broker.Options([topic]))
        {
            DoneAtOnce = false,
            Limits = new Limits(long.MaxValue, 100),
        };
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await _broker.ProduceAsync(topic, Messages.Numbered(5_000, 1));
        await Eventually.TrueAsync(() => rig.Reader.Status.Partitions[0].Paused, "the first is paused");
        await _broker.ProduceAsync(topic, Enumerable.Range(0, 50).Select(i => (1, Messages.Text($"{i}"))));
        await Eventually.TrueAsync(() => rig.Consumer(topic, 1).Count == 50, "the other was read");
        Assert.True(rig.Reader.Status.Partitions[0].Paused);
        Assert.False(rig.Reader.Status.Partitions[1].Paused);
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_is_waited_for_and_named()
    {
        var there = await _broker.CreateTopicAsync("there", 1);
        var missing = _broker.Unique("later");
        await using var rig = new ReaderRig(_broker, _broker.Options([there, missing]));
        await rig.Reader.AssignAllAsync([there, missing], Cancellation);
        await _broker.ProduceAsync(there, Messages.Numbered(3, 1));
        await Eventually.TrueAsync(() => rig.Count == 3, "the existing topic is read");
        Assert.Equal([missing], rig.Reader.Status.MissingTopics);
        Assert.Contains(missing, rig.Reader.Status.Problem);

        await _broker.CreateTopicAsync("later", 4);
        await _broker.ProduceAsync(missing, Messages.Numbered(8, 4));
        await Eventually.TrueAsync(() => rig.Count == 11, "the new topic is read");
        Assert.Null(rig.Reader.Status.Problem);
        Assert.Equal(1, rig.Log.CountOf(105));
        Assert.False(rig.Reader.Completion.IsCompleted);
    }

    [Fact]
    public async Task A_group_of_subscribing_consumers_is_refused_by_name()
    {
        var topic = await _broker.CreateTopicAsync("taken", 1);
        await _broker.ProduceAsync(topic, Messages.Numbered(3, 1));
        var options = _broker.Options([topic]);
        var config = new ConsumerConfig { BootstrapServers = _broker.BootstrapServers, GroupId = options.GroupId, AutoOffsetReset = AutoOffsetReset.Earliest };
        using var subscriber = new ConsumerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).Build();
        subscriber.Subscribe(topic);
        await Eventually.TrueAsync(() => subscriber.Consume(100) is not null, "the subscriber reads");

        await using var rig = new ReaderRig(_broker, options);
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        var error = await Assert.ThrowsAsync<GroupInUseException>(() => rig.Reader.Completion.WaitAsync(TimeSpan.FromSeconds(10), Cancellation));
        Assert.Contains(options.GroupId, error.Message);
        Assert.Contains("Kafka:GroupId", error.Message);
        Assert.Equal(error.Message, rig.Reader.Status.Problem);
        Assert.Equal(1, rig.Log.CountOf(114));
        subscriber.Close();
    }
}
