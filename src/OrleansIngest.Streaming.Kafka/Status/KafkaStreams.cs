using Orleans.Runtime;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Streaming.Kafka.Reading;

namespace OrleansIngest.Streaming.Kafka.Status;

/// <inheritdoc cref="IKafkaStreams" />
internal sealed class KafkaStreams(string name, SharedReader reader, DeliveryFailures failures, TimeProvider clock) : IKafkaStreams
{
    // Grains activate within that, unless what they need is away.
    private static readonly TimeSpan SubscriberPatience = TimeSpan.FromMinutes(1);

    /// <inheritdoc />
    public Task Completion => reader.Completion;

    /// <inheritdoc />
    public KafkaStreamStatus Status
    {
        get
        {
            var reading = reader.Status;
            var partitions = reading.Partitions.Select(p => Partition(p, reader.Find(p.Topic, p.Partition))).ToList();
            return new KafkaStreamStatus(
                name, Problems(reading.Problem, partitions), reading, partitions, failures.Count, failures.Last, failures.ForeignTokens);
        }
    }

    /// <inheritdoc />
    public IReadOnlyList<SourceWatermark> Watermarks() =>
    [
        .. from queue in reader.Queues
           let intake = queue.Intake
           let watermark = intake?.Watermark
           where watermark is not null
           select new SourceWatermark(intake.Source, watermark.Value),
    ];

    private KafkaStreamPartitionStatus Partition(OrleansIngest.Kafka.Reading.PartitionStatus reading, PartitionIntake? intake)
    {
        if (intake is null) return new KafkaStreamPartitionStatus(reading, 0, 0, 0, 0, null);
        var progress = intake.Progress;
        return new KafkaStreamPartitionStatus(
            reading, progress.InFlightBytes, progress.InFlightRecords, progress.DoneRecords, intake.Held, Waiting(intake.Oldest));
    }

    private WaitingStream? Waiting(KafkaBatchContainer? container) => container is null ? null : new WaitingStream(
        container.StreamId.GetNamespace() ?? "", container.StreamId.GetKeyAsString(), container.FirstOffset,
        clock.GetElapsedTime(container.ReadAt), container.HandedOut);

    private List<string> Problems(string? reading, List<KafkaStreamPartitionStatus> partitions)
    {
        var problems = new List<string>();
        if (reading is not null) problems.Add($"Kafka: {reading}.");
        problems.AddRange(reader.SlotProblems.Select(p => $"Kafka: {p}."));
        if (reader.Queues.Select(q => q.Intake?.FirstHeld).FirstOrDefault(h => h is not null) is { } held)
        {
            problems.Add($"The mapper failed on {partitions.Sum(p => p.HeldRecords)} records, which hold their partitions back; first, {held}.");
        }

        if (partitions.Find(p => p.Oldest is { HandedOut: false } o && o.Since > SubscriberPatience)?.Oldest is { } waiting)
        {
            problems.Add(
                $"Stream {waiting.Namespace}/{waiting.Key} has had no subscriber for {waiting.Since.TotalSeconds:0} s: "
                + $"its grain does not activate, or no grain subscribes to namespace '{waiting.Namespace}'.");
        }

        return problems;
    }
}
