using OrleansIngest.Core.Delivery;

namespace OrleansIngest.Core.Measuring;

/// <summary>How long records take from Kafka's timestamp to the committed row.</summary>
public sealed class AppendLatency
{
    /// <summary>Microseconds from append to commit.</summary>
    public LatencyHistogram Histogram { get; } = new();

    /// <summary>Notes the records of a batch as committed now. Records without a timestamp are left out.</summary>
    public void RecordSince(DeviceBatch batch, TimeProvider clock)
    {
        var now = (clock.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;
        foreach (var record in batch.Records)
        {
            if (record.Source.TimestampMicros >= 0) Histogram.Record(now - record.Source.TimestampMicros);
        }
    }
}
