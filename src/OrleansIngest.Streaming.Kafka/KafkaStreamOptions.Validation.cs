using OrleansIngest.Kafka;

namespace OrleansIngest.Streaming.Kafka;

public sealed partial class KafkaStreamOptions
{
    private const long SmallestBudget = 64 * 1024;

    /// <summary>Every mistake in these settings, a sentence each that names the setting; contacts no broker.</summary>
    /// <param name="reads">Whether topics are read, as silos do.</param>
    public IEnumerable<string> Validate(bool reads)
    {
        foreach (var mistake in ValidateTopics(reads)) yield return mistake;
        foreach (var mistake in Kafka.ValidateClient()) yield return mistake;
        if (!reads) yield break;
        foreach (var mistake in ValidateLimits()) yield return mistake;
        foreach (var mistake in ValidateTimes()) yield return mistake;
    }

    private IEnumerable<string> ValidateTopics(bool reads)
    {
        if (reads && Topics.Count == 0) yield return "Topics is empty: name at least one topic to read.";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Topics.Count; i++)
        {
            if (KafkaOptions.TopicNameMistake(Topics[i]) is { } mistake) yield return $"Topics:{i} {mistake}.";
            else if (!seen.Add(Topics[i])) yield return $"Topics:{i}: topic '{Topics[i]}' is listed twice.";
        }

        if (ProduceTopic is not null && KafkaOptions.TopicNameMistake(ProduceTopic) is { } produce) yield return $"ProduceTopic {produce}.";
    }

    private IEnumerable<string> ValidateLimits()
    {
        if (MaxPartitions is < 1 or > 10_000) yield return $"MaxPartitions is {MaxPartitions}: it must lie between 1 and 10000.";
        if (MaxInFlightBytes < SmallestBudget) yield return $"MaxInFlightBytes is {MaxInFlightBytes}: at least {SmallestBudget} are needed.";
        if (MaxPartitionInFlightBytes < SmallestBudget) yield return $"MaxPartitionInFlightBytes is {MaxPartitionInFlightBytes}: at least {SmallestBudget} are needed.";
        if (MaxWatermarkSpan < Kafka.PollRecords) yield return $"MaxWatermarkSpan is {MaxWatermarkSpan}: at least one poll, {Kafka.PollRecords}, must fit.";
        if (MaxDeliveryRecords < 1) yield return $"MaxDeliveryRecords is {MaxDeliveryRecords}: it must be at least 1.";
        if (MaxDeliveryBytes < 1) yield return $"MaxDeliveryBytes is {MaxDeliveryBytes}: it must be at least 1.";
        if (Rewindable && RewindBytes < SmallestBudget) yield return $"RewindBytes is {RewindBytes}: streams cannot go back without {SmallestBudget} at least; set Rewindable to false where they need not.";
    }

    private IEnumerable<string> ValidateTimes()
    {
        if (Unusable(MaxRetryDelay, TimeSpan.FromMilliseconds(250), TimeSpan.FromMinutes(5)))
        {
            yield return $"MaxRetryDelay is {MaxRetryDelay}: it must lie between 250 ms and 5 min.";
        }

        if (Unusable(HandoverDelay, TimeSpan.Zero, TimeSpan.FromMinutes(1)))
        {
            yield return $"HandoverDelay is {HandoverDelay}: it must lie between 0 and 1 min.";
        }

        if (Unusable(DrainTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(10)))
        {
            yield return $"DrainTimeout is {DrainTimeout}: it must lie between 0 and 10 min.";
        }
    }

    private static bool Unusable(TimeSpan value, TimeSpan from, TimeSpan to) => value < from || value > to;
}
