using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Streaming.Kafka;
using OrleansIngest.Streaming.Kafka.Queues;
using OrleansIngest.Streaming.Kafka.Reading;
using OrleansIngest.Streaming.Kafka.Status;
using OrleansIngest.Testing;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>What is told of deliveries that do not come to an end.</summary>
public sealed class WaitingTests
{
    [Fact]
    public async Task A_delivery_that_takes_long_is_told_of_once_and_so_is_its_end()
    {
        var (clock, log) = (new ManualClock(), new LogSink());
        var queue = new KafkaQueueReceiver(new TopicPartition("topic", 0), null!);
        var source = new RecordSource("cluster", "topic", 0, 0, 0);
        var intake = queue.Open(source, new IntakeServices(
            new KafkaStreamOptions(), new NumberedMapper(), new Observed(), new InFlightBudget(long.MaxValue), null, clock, log, CancellationToken.None));
        var watch = new WaitWatch("kafka", clock, log);
        var message = NumberedMapper.Message("device", "d7", 1);
        intake.Deliver([new SourceRecord { Source = source, Offset = 42, TimestampMicros = 0, Key = message.Key, Value = message.Value }]);

        watch.Look([queue]);
        Assert.Empty(log.Lines);

        clock.Seconds = 61;
        for (var i = 0; i < 3; i++) watch.Look([queue]);
        var told = Assert.Single(log.Lines);
        Assert.Equal((LogLevel.Warning, 407), (told.Level, told.Event));
        Assert.Contains("device/d7 at offset 42", told.Text);

        ((KafkaBatchContainer)Assert.Single(await queue.GetQueueMessagesAsync(10))).Done();
        for (var i = 0; i < 3; i++) watch.Look([queue]);
        Assert.Equal((1, 1), (log.CountOf(407), log.CountOf(408)));
        Assert.Equal(43, intake.Watermark);
    }

    private sealed class ManualClock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long GetTimestamp() => (long)(Seconds * TimestampFrequency);
    }
}
