using System.Diagnostics;
using OrleansIngest.Hosting.Engine;
using OrleansIngest.Timescale.Writing;

namespace OrleansIngest.Hosting.Status;

/// <summary>Those parts of a status that every host takes from its engine. An engine that is null has not started yet.</summary>
public static class EngineStatus
{
    private static readonly WriterStatus NoWriter = new(false, 0, 0, 0, 0, 0, 0, 0, 0);

    /// <summary>The batch writer.</summary>
    public static WriterStatus Writer(IngestEngine? engine)
    {
        if (engine is null) return NoWriter;
        var health = engine.Writer.Health;
        return new WriterStatus(
            health.State == WriterState.Ready, health.RowsWritten, health.Conflicts, health.Batches, health.Retries,
            health.Refused, health.QueuedRows, health.FlushDuration.QuantileMs(0.5), health.FlushDuration.QuantileMs(0.99));
    }

    /// <summary>Acknowledged dead letters by reason.</summary>
    public static IReadOnlyDictionary<string, long> DeadLetters(IngestEngine? engine) =>
        engine?.DeadLetters.Status.Sent ?? new Dictionary<string, long>();

    /// <summary>Kafka append to committed row.</summary>
    public static LatencyStatus Latency(IngestEngine? engine)
    {
        if (engine?.Latency.Histogram is not { } latency) return LatencyStatus.Of([], 0);
        return LatencyStatus.Of([.. latency.Buckets().Select(b => new LatencyBucket(b.UpToMicros / 1000.0, b.Count))], latency.MaxMicros / 1000.0);
    }

    /// <summary>Memory of this process.</summary>
    public static MemoryStatus Memory()
    {
        using var process = Process.GetCurrentProcess();
        return new MemoryStatus(process.WorkingSet64, process.PeakWorkingSet64, GC.GetTotalMemory(forceFullCollection: false));
    }
}
