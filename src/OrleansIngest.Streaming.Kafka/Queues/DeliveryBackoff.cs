using Orleans.Runtime.Providers;

namespace OrleansIngest.Streaming.Kafka.Queues;

/// <summary>How long to wait before a failed delivery is tried again: a quarter of a second, and twice as long each time, up to a limit.</summary>
internal sealed class DeliveryBackoff(TimeSpan longest) : IMessageDeliveryBackoffProvider
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc />
    public TimeSpan Next(int attempt)
    {
        var delay = First * Math.Pow(2, Math.Clamp(attempt, 0, 30));
        if (delay > longest) delay = longest;
        // After an outage, the streams that waited are not to come all at once.
        return delay * (0.75 + (Random.Shared.NextDouble() / 4));
    }
}
