using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Grains.Devices;

/// <summary>
/// Tells the log why deliveries to the silo's grains fail: once for each type of exception, until no grain's delivery fails
/// any more. Safe for concurrent use.
/// </summary>
internal sealed class DeliveryFailures(ILogger<DeliveryFailures> logger)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Type> _told = [];
    private int _grains;

    /// <summary>A grain's delivery failed.</summary>
    /// <param name="batch">What was delivered.</param>
    /// <param name="exception">Why.</param>
    /// <param name="isFirst">Whether the grain's delivery before had succeeded.</param>
    public void Add(DeviceBatch batch, Exception exception, bool isFirst)
    {
        lock (_lock)
        {
            if (isFirst) _grains++;
            if (!_told.Add(exception.GetType())) return;
        }

        Log.DeliveriesFail(logger, batch.StreamKey, batch.Source, batch.Records[0].Source.Offset, exception);
    }

    /// <summary>A grain whose delivery failed has been delivered to, or has left.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (--_grains > 0) return;
            _told.Clear();
        }

        Log.DeliveriesSucceed(logger);
    }
}
