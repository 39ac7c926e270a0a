using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka.DeadLetters;
using OrleansIngest.Testing;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Kafka.Tests;

/// <summary>What becomes of records that cannot be stored.</summary>
public sealed class DeadLetterTests : IDisposable
{
    private const int Time = 1_755_712_854;
    private const int KiB = 1024;

    private readonly KafkaTestBroker _broker = KafkaTestBroker.StartOwn();
    private readonly KafkaOptions _options;
    private readonly LogSink _log = new();

    public DeadLetterTests()
    {
        _options = _broker.Options();
        _options.MaxRecordBytes = 256 * KiB;
        _broker.BuiltIn.CreateTopic(_options.DeadLetterTopic, 3);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task Key_bytes_and_headers_stay_as_they_were_and_ours_follow()
    {
        byte[] bytes = [0, 0xC3, 0x28, 255];
        await using var producer = Producer();
        var record = Record(41, bytes, bytes, [new("a", bytes), new("a", ReadOnlyMemory<byte>.Empty), new("none", null)]);
        await producer.SendAsync(new Rejection(record, RejectReason.NotJson, "it is not UTF-8 – at byte 1"), Cancellation);
        await producer.SendAsync(new Rejection(Record(42, null, null, null), RejectReason.Tombstone, "null"), Cancellation);

        var messages = await RawAsync();
        var dead = messages.Single(m => m.Key is not null);
        Assert.Equal(bytes, dead.Key);
        Assert.Equal(bytes, dead.Value);
        Assert.Equal(
            ["a", "a", "none", "x-dead-letter-reason", "x-dead-letter-error", "x-dead-letter-topic", "x-dead-letter-partition", "x-dead-letter-offset", "x-dead-letter-timestamp"],
            dead.Headers.Select(h => h.Key));
        Assert.Equal(bytes, dead.Headers[0].GetValueBytes());
        Assert.Equal([], dead.Headers[1].GetValueBytes());
        Assert.Null(dead.Headers[2].GetValueBytes());
        Assert.Equal(
            ["not_json", "it is not UTF-8 – at byte 1", "iot.raw", "5", "41", "2025-08-20T18:00:54.117Z"],
            dead.Headers.Skip(3).Select(h => Encoding.UTF8.GetString(h.GetValueBytes())));

        var tombstone = messages.Single(m => m.Key is null);
        Assert.Null(tombstone.Value);
        Assert.Equal("tombstone", Encoding.UTF8.GetString(tombstone.Headers.GetLastBytes("x-dead-letter-reason")));

        var status = producer.Status;
        Assert.Equal((0, 0, null), (status.Waiting, status.Truncated, status.Problem));
        Assert.Equal(new Dictionary<string, long> { ["tombstone"] = 1, ["not_json"] = 1 }, status.Sent);
    }

    [Fact]
    public async Task A_value_over_the_limit_goes_with_its_beginning_length_and_hash()
    {
        var value = Random(_options.MaxRecordBytes + 1);
        await using var producer = Producer();
        await producer.SendAsync(new Rejection(Record(1, "device"u8.ToArray(), value, [new("h", new byte[] { 1 })]), RejectReason.TooLarge, "too large"), Cancellation);
        var dead = Assert.Single(await LettersAsync());
        Assert.Equal(value[..(64 * KiB)], dead.Value);
        Assert.Equal("device"u8.ToArray(), dead.Key);
        Assert.Equal("h", Assert.Single(dead.Headers).Name);
        Assert.Equal(new DeadLetterCuts(value.Length, Convert.ToHexStringLower(SHA256.HashData(value)), null, null), dead.Cuts);
        Assert.Equal(1, producer.Status.Truncated);
    }

    [Fact]
    public async Task A_value_at_the_limit_goes_whole()
    {
        var value = Random(_options.MaxRecordBytes);
        await using var producer = Producer();
        await producer.SendAsync(new Rejection(Record(1, Random(KiB), value, null), RejectReason.NotJson, ""), Cancellation);
        var dead = Assert.Single(await LettersAsync());
        Assert.Equal(value, dead.Value);
        Assert.False(dead.IsTruncated);
    }

    [Fact]
    public async Task Headers_and_a_key_that_are_too_large_are_cut_and_the_rest_gets_through()
    {
        var headers = Enumerable.Range(0, 40).Select(i => new RecordHeader($"h{i}", Random(10 * KiB))).ToList();
        await using var producer = Producer();
        await producer.SendAsync(new Rejection(Record(1, Random(300 * KiB), Random(KiB), headers), RejectReason.DeviceId, "no device"), Cancellation);
        var dead = Assert.Single(await LettersAsync());
        Assert.Equal("device_id", dead.Reason);
        Assert.Equal(KiB, dead.Value!.Length);
        Assert.Equal(16 * KiB, dead.Key!.Length);
        Assert.Equal("h0", Assert.Single(dead.Headers).Name);
        Assert.Equal(new DeadLetterCuts(null, null, 300 * KiB, 39), dead.Cuts);
    }

    [Fact]
    public async Task What_a_broker_finds_too_large_is_made_smaller_until_it_takes_it()
    {
        const short produce = 0;
        await using var producer = Producer();
        _broker.BuiltIn.FailRequests(produce, ErrorCode.MsgSizeTooLarge, ErrorCode.MsgSizeTooLarge, ErrorCode.MsgSizeTooLarge);
        await producer.SendAsync(new Rejection(Record(7, Random(10), Random(10), [new("h", Random(5))]), RejectReason.Nul, "NUL"), Cancellation);
        var dead = Assert.Single(await LettersAsync());
        Assert.Equal(new DeadLetterOrigin("iot.raw", 5, 7, (Time * 1000L) + 117), dead.Origin);
        Assert.Equal((0, 0, 0), (dead.Value!.Length, dead.Key!.Length, dead.Headers.Count));
        Assert.Equal((10, 10, 1), (dead.Cuts.ValueLength, dead.Cuts.KeyLength, dead.Cuts.HeadersDropped));
    }

    [Fact]
    public async Task A_broker_that_is_away_delays_dead_letters_and_loses_none()
    {
        await using var producer = Producer();
        await producer.SendAsync(new Rejection(Record(0, null, [1], null), RejectReason.NotJson, ""), Cancellation);
        _broker.BuiltIn.TakeDown();
        var sending = Enumerable.Range(1, 200)
            .Select(i => producer.SendAsync(new Rejection(Record(i, null, [1], null), RejectReason.NotJson, ""), Cancellation))
            .ToList();
        await Eventually.TrueAsync(() => producer.Status.Problem is not null, "the outage shows");
        Assert.Contains(_broker.BootstrapServers, producer.Status.Problem);
        Assert.Equal(200, producer.Status.Waiting);
        Assert.DoesNotContain(sending, s => s.IsCompleted);
        await Task.Delay(1_000, Cancellation);
        _broker.BuiltIn.BringUp();
        await Task.WhenAll(sending).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.Equal(Enumerable.Range(0, 201).Select(i => (long)i), (await LettersAsync()).Select(l => l.Origin!.Offset).Distinct().Order());
        Assert.Equal((null, 0, 201), (producer.Status.Problem, producer.Status.Waiting, producer.Status.Sent["not_json"]));
        Assert.Equal(1, _log.CountOf(120));
        Assert.Equal(1, _log.CountOf(121));
    }

    [Theory]
    [InlineData(ErrorCode.UnknownTopicOrPart, "does not exist")]
    [InlineData(ErrorCode.TopicAuthorizationFailed, "may not be written")]
    public async Task A_missing_or_forbidden_topic_is_named_and_waited_for(ErrorCode error, string said)
    {
        await using var producer = Producer();
        _broker.BuiltIn.SetTopicError(_options.DeadLetterTopic, error);
        var sending = producer.SendAsync(new Rejection(Record(3, null, [1], null), RejectReason.NotJson, ""), Cancellation);
        await Eventually.TrueAsync(() => producer.Status.Problem is not null, "the problem shows");
        Assert.Contains($"'{_options.DeadLetterTopic}' {said}", producer.Status.Problem);
        Assert.False(sending.IsCompleted);
        _broker.BuiltIn.SetTopicError(_options.DeadLetterTopic, ErrorCode.NoError);
        await sending.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        Assert.Null(producer.Status.Problem);
        Assert.Equal(1, _log.CountOf(120));
        Assert.Equal(3, Assert.Single((await LettersAsync()).DistinctBy(l => l.Origin)).Origin!.Offset);
    }

    [Fact]
    public async Task A_topic_that_is_missing_from_the_start_shows_before_a_record_needs_it_and_is_not_created()
    {
        _options.DeadLetterTopic = _broker.Unique("later");
        await using var producer = Producer();
        await Eventually.TrueAsync(() => producer.Status.Problem is not null, "the problem shows");
        Assert.Contains($"'{_options.DeadLetterTopic}' does not exist", producer.Status.Problem);
        Assert.NotNull(producer.Status.Since);
        Assert.Equal(0, producer.Status.Waiting);

        Assert.True(_broker.BuiltIn.CreateTopic(_options.DeadLetterTopic, 1), "Looking for the topic has created it.");
        await Eventually.TrueAsync(() => producer.Status.Problem is null, "the topic is found");
        Assert.Null(producer.Status.Since);
        Assert.Equal((1, 1), (_log.CountOf(120), _log.CountOf(121)));
    }

    [Fact]
    public async Task A_topic_that_is_forbidden_from_the_start_shows_even_once_those_who_waited_have_given_up()
    {
        _broker.BuiltIn.SetTopicError(_options.DeadLetterTopic, ErrorCode.TopicAuthorizationFailed);
        await using var producer = Producer();
        await Eventually.TrueAsync(() => producer.Status.Problem is not null, "the problem shows");
        Assert.Contains($"'{_options.DeadLetterTopic}' may not be written", producer.Status.Problem);

        using var stopping = new CancellationTokenSource();
        var sending = producer.SendAsync(new Rejection(Record(3, null, [1], null), RejectReason.NotJson, ""), stopping.Token);
        Assert.Equal(1, producer.Status.Waiting);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(TimeSpan.FromSeconds(20), Cancellation));
        Assert.Equal(0, producer.Status.Waiting);
        Assert.Contains("may not be written", producer.Status.Problem);

        _broker.BuiltIn.SetTopicError(_options.DeadLetterTopic, ErrorCode.NoError);
        await Eventually.TrueAsync(() => producer.Status.Problem is null, "the topic is found");
        Assert.Equal((1, 1), (_log.CountOf(120), _log.CountOf(121)));
    }

    [Fact]
    public async Task A_broker_that_is_away_at_the_start_is_no_matter_of_dead_letters_and_the_topic_is_looked_for_afterwards()
    {
        _options.DeadLetterTopic = _broker.Unique("later");
        _broker.BuiltIn.TakeDown();
        await using var producer = Producer();
        // Long enough for several looks.
        await Task.Delay(4 * _options.MetadataInterval, Cancellation);
        Assert.Null(producer.Status.Problem);
        Assert.Empty(_log.Lines);

        _broker.BuiltIn.BringUp();
        await Eventually.TrueAsync(() => producer.Status.Problem is not null, "the problem shows");
        Assert.Contains("does not exist", producer.Status.Problem);
        Assert.Equal(1, _log.CountOf(120));
    }

    [Fact]
    public async Task Closing_while_the_topic_is_looked_for_takes_seconds_and_leaves_nothing_behind()
    {
        _broker.BuiltIn.TakeDown();
        var producer = Producer();
        await producer.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        Assert.Equal(0, _log.CountOf(115));
    }

    [Fact]
    public async Task Giving_up_is_told_as_cancellation()
    {
        await using var producer = Producer();
        _broker.BuiltIn.TakeDown();
        using var stopping = new CancellationTokenSource();
        var sending = producer.SendAsync(new Rejection(Record(3, null, [1], null), RejectReason.NotJson, ""), stopping.Token);
        await Task.Delay(100, Cancellation);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(TimeSpan.FromSeconds(5), Cancellation));
        Assert.Equal(0, producer.Status.Waiting);
        Assert.Empty(producer.Status.Sent);
    }

    private static byte[] Random(int length)
    {
        var bytes = new byte[length];
        System.Random.Shared.NextBytes(bytes);
        return bytes;
    }

    private static SourceRecord Record(long offset, byte[]? key, byte[]? value, IReadOnlyList<RecordHeader>? headers) => new()
    {
        Source = new RecordSource("cluster", "iot.raw", 5, 0, 0),
        Offset = offset,
        TimestampMicros = (Time * 1_000_000L) + 117_782,
        Key = key is null ? (ReadOnlyMemory<byte>?)null : key,
        Value = value is null ? (ReadOnlyMemory<byte>?)null : value,
        Headers = headers,
    };

    private DeadLetterProducer Producer()
    {
        var loggers = LoggerFactory.Create(b => b.AddProvider(_log));
        return new DeadLetterProducer(_options, _broker.Clients(_options), TimeProvider.System, loggers.CreateLogger<DeadLetterProducer>());
    }

    private async Task<List<DeadLetter>> LettersAsync()
    {
        var letters = new List<DeadLetter>();
        await foreach (var letter in new DeadLetterReader(_options, _broker.Clients(_options)).ReadAsync(Cancellation)) letters.Add(letter);
        return letters;
    }

    // Not with our own reader, which might share a mistake with the producer.
    private async Task<List<Message<byte[]?, byte[]>>> RawAsync()
    {
        var config = new ConsumerConfig { BootstrapServers = _broker.BootstrapServers, GroupId = _broker.Unique("raw"), AutoOffsetReset = AutoOffsetReset.Earliest };
        using var consumer = new ConsumerBuilder<byte[]?, byte[]>(config).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(Enumerable.Range(0, 3).Select(i => new TopicPartitionOffset(_options.DeadLetterTopic, i, 0)));
        var messages = new List<Message<byte[]?, byte[]>>();
        await Task.Run(() =>
        {
            while (consumer.Consume(1_000) is { } result) messages.Add(result.Message);
        });
        return messages;
    }
}
