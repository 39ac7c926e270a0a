using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using OrleansIngest.Streaming.Kafka.Queues;

namespace OrleansIngest.Streaming.Kafka.Status;

/// <summary>Tells the log, once, that deliveries do not come to an end, and when they do again.</summary>
internal sealed class WaitWatch(string provider, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private bool _told;

    /// <summary>Looks at what each queue waits for.</summary>
    public void Look(IEnumerable<KafkaQueueReceiver> queues)
    {
        var waiting = queues.Select(q => q.Intake?.Oldest).OfType<KafkaBatchContainer>()
            .Where(c => clock.GetElapsedTime(c.ReadAt) > Patience).OrderBy(c => c.ReadAt).ToList();
        if (waiting.Count > 0 == _told) return;
        _told = waiting.Count > 0;
        if (_told) logger.DeliveriesWait(provider, waiting.Count, Patience, waiting[0].StreamId, waiting[0].FirstOffset);
        else logger.DeliveriesGoOn(provider);
    }
}
