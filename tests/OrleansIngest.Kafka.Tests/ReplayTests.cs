using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka.Clients;
using OrleansIngest.Kafka.DeadLetters;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Kafka.Tests;

/// <summary>Reading dead letters back and writing them to where they came from.</summary>
public sealed class ReplayTests : IAsyncLifetime
{
    private readonly KafkaTestBroker _broker = KafkaTestBroker.Start();
    private KafkaOptions _options = new();
    private string _topic = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _options = _broker.Options();
        await _broker.CreateTopicAsync("dead", 3);
        _topic = await _broker.CreateTopicAsync("origin", 4);
    }

    public ValueTask DisposeAsync()
    {
        _broker.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Records_go_back_to_their_partition_as_they_were()
    {
        var value = new byte[] { 0, 255 };
        await SendAsync(Record(3, 17, value, [new("h", value), new("null", null)]), RejectReason.NotJson);
        var refused = new List<string>();
        var result = await ReplayAsync(null, false, refused);
        Assert.Equal(new ReplayResult { Replayed = 1 }, result);
        Assert.Empty(refused);

        await using var rig = new ReaderRig(_broker, _options);
        await rig.Reader.AddAsync(new TopicPartition(_topic, 3), Cancellation);
        await Eventually.TrueAsync(() => rig.Count == 1, "the record is back");
        var record = rig.Consumer(_topic, 3).Records[0];
        Assert.Equal("key", record.Key.Utf8());
        Assert.Equal(value, record.Value!.Value.ToArray());
        Assert.Equal(1_755_712_854_117_000, record.TimestampMicros);
        Assert.Equal(["h", "null", "x-replayed-from"], record.Headers!.Select(h => h.Name));
        Assert.Equal(value, record.Headers![0].Value!.Value.ToArray());
        Assert.Null(record.Headers[1].Value);
        var letter = Assert.Single(await LettersAsync());
        Assert.Equal($"{_options.DeadLetterTopic}/{letter.Partition}/{letter.Offset}", record.Headers[2].Value.Utf8());
    }

    [Fact]
    public async Task A_replayed_record_that_dies_again_keeps_what_it_carried_and_is_told_apart()
    {
        await SendAsync(Record(1, 5, [1], [new("x-dead-letter-reason", "old"u8.ToArray()), new("x-dead-letter-offset", "1"u8.ToArray())]), RejectReason.Expired);
        var letter = Assert.Single(await LettersAsync());
        Assert.Equal("expired", letter.Reason);
        Assert.Equal(5, letter.Origin!.Offset);
        Assert.Equal(["x-dead-letter-reason", "x-dead-letter-offset"], letter.Headers.Select(h => h.Name));
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_replayed_each_once_and_truncated_ones_are_refused()
    {
        _options.MaxRecordBytes = 100_000;
        for (var i = 0; i < 5; i++) await SendAsync(Record(0, i, [1], null), RejectReason.RefusedByDatabase);
        await SendAsync(Record(0, 3, [1], null), RejectReason.RefusedByDatabase);
        await SendAsync(Record(0, 50, [1], null), RejectReason.NotJson);
        await SendAsync(Record(0, 51, new byte[100_001], null), RejectReason.RefusedByDatabase);
        var expected = new ReplayResult { Replayed = 5, Repeated = 1, Filtered = 1, Refused = 1 };

        var refused = new List<string>();
        Assert.Equal(expected, await ReplayAsync("refused_by_database", true, refused));
        Assert.Contains("65536 of 100001 bytes", Assert.Single(refused));
        Assert.Equal(0, EndOf(_topic, 0));
        Assert.Equal(expected, await ReplayAsync("refused_by_database", false, refused));
        Assert.Equal(5, EndOf(_topic, 0));
        Assert.Equal(8, (await LettersAsync()).Count);
    }

    [Fact]
    public async Task Reading_ends_where_the_topic_ended_when_it_began_and_leaves_no_trace()
    {
        for (var i = 0; i < 1_200; i++) await SendAsync(Record(0, i, [1], null), RejectReason.NotJson, wait: i % 400 == 0 || i == 1_199);
        var seen = new HashSet<long>();
        var more = false;
        await foreach (var letter in new DeadLetterReader(_options, _broker.Clients(_options)).ReadAsync(Cancellation))
        {
            if (!more) await SendAsync(Record(0, 9_999, [1], null), RejectReason.NotJson);
            more = true;
            seen.Add(letter.Origin!.Offset);
        }

        Assert.Equal(Enumerable.Range(0, 1_200).Select(i => (long)i), seen.Order());
        Assert.All(_broker.Committed(_options.GroupId, _options.DeadLetterTopic, 3), Assert.Null);
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_is_named()
    {
        _options.DeadLetterTopic = _broker.Unique("nowhere");
        var error = await Assert.ThrowsAsync<KafkaUnavailableException>(LettersAsync);
        Assert.Contains($"'{_options.DeadLetterTopic}'", error.Message);
        Assert.Contains("does not exist", error.Message);
    }

    private SourceRecord Record(int partition, long offset, byte[] value, IReadOnlyList<RecordHeader>? headers) => new()
    {
        Source = new RecordSource("cluster", _topic, partition, 0, 0),
        Offset = offset,
        TimestampMicros = 1_755_712_854_117_782,
        Key = Encoding.UTF8.GetBytes("key"),
        Value = value,
        Headers = headers,
    };

    private DeadLetterProducer? _producer;
    private readonly List<Task> _sending = [];

    private async Task SendAsync(SourceRecord record, RejectReason reason, bool wait = true)
    {
        _producer ??= new DeadLetterProducer(_options, _broker.Clients(_options), TimeProvider.System, NullLogger<DeadLetterProducer>.Instance);
        _sending.Add(_producer.SendAsync(new Rejection(record, reason, "because"), Cancellation));
        if (wait) await Task.WhenAll(_sending);
    }

    private Task<ReplayResult> ReplayAsync(string? reason, bool dryRun, List<string> refused) =>
        new DeadLetterReplay(_options, _broker.Clients(_options)).RunAsync(reason, dryRun, (_, why) => refused.Add(why), Cancellation);

    private async Task<List<DeadLetter>> LettersAsync()
    {
        await Task.WhenAll(_sending);
        var letters = new List<DeadLetter>();
        await foreach (var letter in new DeadLetterReader(_options, _broker.Clients(_options)).ReadAsync(Cancellation)) letters.Add(letter);
        return letters;
    }

    private long EndOf(string topic, int partition)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = _broker.BootstrapServers, GroupId = "ends" }).SetLogHandler((_, _) => { }).Build();
        return consumer.QueryWatermarkOffsets(new TopicPartition(topic, partition), TimeSpan.FromSeconds(5)).High.Value;
    }
}
