using System.Text;
using Confluent.Kafka;
using OrleansIngest.Bench.Load;
using OrleansIngest.Hosting;
using OrleansIngest.Kafka;

namespace OrleansIngest.Bench.EndToEnd;

/// <summary>Puts all records of a round into a topic before any host reads it.</summary>
internal static class Backlog
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Produces records, keyed by device, and makes sure that the broker holds every one of them.</summary>
    /// <exception cref="BenchException">It does not.</exception>
    public static void Fill(KafkaOptions kafka, string topic, Fleet fleet, int records)
    {
        long acknowledged = 0;
        var config = new ProducerConfig
        {
            BootstrapServers = kafka.BootstrapServers,
            EnableIdempotence = true,
            // The built-in broker keeps 5 MiB a partition, as they were sent.
            CompressionType = CompressionType.Zstd,
            LingerMs = 20,
            QueueBufferingMaxMessages = 100_000,
        };
        foreach (var (name, value) in kafka.Client) config.Set(name, value);
        using (var producer = new ProducerBuilder<byte[], byte[]>(config).SetLogHandler(static (_, _) => { }).Build())
        {
            void Count(DeliveryReport<byte[], byte[]> report)
            {
                if (!report.Error.IsError) Interlocked.Increment(ref acknowledged);
            }

            for (var i = 0; i < records; i++)
            {
                var (device, json) = fleet.Render(i);
                Send(producer, topic, new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(device), Value = json }, Count);
            }

            producer.Flush(TimeSpan.FromMinutes(1));
        }

        if (Interlocked.Read(ref acknowledged) != records)
            throw new BenchException(ExitCodes.Unavailable, $"Kafka took {acknowledged} of {records} records. See its log.");
        Verify(kafka, topic, records);
    }

    private static void Send(
        IProducer<byte[], byte[]> producer, string topic, Message<byte[], byte[]> message, Action<DeliveryReport<byte[], byte[]>> report)
    {
        while (true)
        {
            try
            {
                producer.Produce(topic, message, report);
                return;
            }
            catch (ProduceException<byte[], byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                producer.Poll(TimeSpan.FromMilliseconds(5));
            }
        }
    }

    // Records that the broker has dropped already would count as lost by the host.
    private static void Verify(KafkaOptions kafka, string topic, int records)
    {
        var config = new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = "bench" };
        foreach (var (name, value) in kafka.Client) config.Set(name, value);
        using var consumer = new ConsumerBuilder<byte[], byte[]>(config).SetLogHandler(static (_, _) => { }).Build();
        long held = 0;
        for (var partition = 0; partition < BenchTopic.Partitions; partition++)
        {
            var ends = consumer.QueryWatermarkOffsets(new TopicPartition(topic, partition), Patience);
            held += ends.High.Value - ends.Low.Value;
        }

        if (held != records)
            throw new BenchException(ExitCodes.Usage, $"The broker holds {held} of {records} records: more do not fit into it. Give a smaller --records.");
    }
}
