using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;

namespace OrleansIngest.Streaming.Kafka.Status;

/// <summary>
/// Keeps account of what Orleans gives up on: never a reason to lose it. The container stays undone, and is handed out
/// again by this silo or, where it stops, by the next that reads the partition.
/// </summary>
internal sealed class DeliveryFailures(string provider, TimeProvider clock, ILogger<DeliveryFailures> logger) : IStreamFailureHandler
{
    private static readonly TimeSpan TellAgain = TimeSpan.FromMinutes(1);

    private long _toldAt = long.MinValue;
    private long _toldForeignAt = long.MinValue;
    private long _count;
    private long _foreignTokens;
    private volatile string? _last;

    /// <summary>Deliveries and registrations that were given up for the time being.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>The latest of them; null where there was none.</summary>
    public string? Last => _last;

    /// <summary>How often a stream was asked to go back to a place in another partition.</summary>
    public long ForeignTokens => Interlocked.Read(ref _foreignTokens);

    /// <inheritdoc />
    public bool ShouldFaultSubsriptionOnError => false;

    /// <inheritdoc />
    public Task OnDeliveryFailure(GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken sequenceToken) =>
        Note($"a delivery to stream {streamIdentity} ({sequenceToken})");

    /// <inheritdoc />
    public Task OnSubscriptionFailure(GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken sequenceToken) =>
        Note($"the registration of a subscriber of stream {streamIdentity}");

    /// <summary>A stream was asked to go back to a place in another partition than the one it is read from.</summary>
    public void ForeignToken(StreamId stream)
    {
        Interlocked.Increment(ref _foreignTokens);
        if (IsDue(ref _toldForeignAt)) logger.ForeignToken(provider, stream);
    }

    private Task Note(string what)
    {
        Interlocked.Increment(ref _count);
        _last = what;
        if (IsDue(ref _toldAt)) logger.DeliveryGivenUp(provider, what, Count);
        return Task.CompletedTask;
    }

    private bool IsDue(ref long toldAt)
    {
        var (now, last) = (clock.GetTimestamp(), Interlocked.Read(ref toldAt));
        return (last == long.MinValue || clock.GetElapsedTime(last, now) >= TellAgain)
            && Interlocked.CompareExchange(ref toldAt, now, last) == last;
    }
}
