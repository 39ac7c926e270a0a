namespace OrleansIngest.Hosting.Status;

/// <summary>Several silos' reports as one. Durations of flushes cannot be added: the worst silo's are taken.</summary>
public static class StatusSum
{
    /// <summary>The report of all.</summary>
    /// <param name="silos">At least one. Of a partition that two of them know, the one with the higher watermark counts.</param>
    public static PipelineStatus Of(IReadOnlyList<PipelineStatus> silos) => silos is [var only] ? only : new PipelineStatus(
        silos[0].Host,
        silos[0].ProcessId,
        silos.Max(s => s.UptimeSeconds),
        silos.All(s => s.Ready),
        [.. silos.SelectMany(s => s.Problems)],
        [
            .. silos.SelectMany(s => s.Partitions).GroupBy(p => (p.Topic, p.Partition)).Select(Partition)
                .OrderBy(p => p.Topic, StringComparer.Ordinal).ThenBy(p => p.Partition),
        ],
        new WriterStatus(
            silos.All(s => s.Writer.Ready),
            silos.Sum(s => s.Writer.RowsWritten),
            silos.Sum(s => s.Writer.Conflicts),
            silos.Sum(s => s.Writer.Batches),
            silos.Sum(s => s.Writer.Retries),
            silos.Sum(s => s.Writer.Refused),
            silos.Sum(s => s.Writer.QueuedRows),
            silos.Max(s => s.Writer.FlushP50Ms),
            silos.Max(s => s.Writer.FlushP99Ms)),
        silos.SelectMany(s => s.DeadLetters).GroupBy(d => d.Key).ToDictionary(d => d.Key, d => d.Sum(e => e.Value)),
        LatencyStatus.Sum([.. silos.Select(s => s.Latency)]),
        new DeviceStatus(silos.Sum(s => s.Devices.Twins), silos.Sum(s => s.Devices.Loading)),
        new MemoryStatus(
            silos.Sum(s => s.Memory.WorkingSetBytes), silos.Sum(s => s.Memory.PeakWorkingSetBytes), silos.Sum(s => s.Memory.GcHeapBytes)));

    private static PartitionStatus Partition(IEnumerable<PartitionStatus> owners)
    {
        var all = owners.OrderByDescending(p => p.Watermark ?? -1).ToList();
        var end = all.Max(p => p.EndOffset);
        return all[0] with { EndOffset = end, Lag = end - all[0].Watermark, DoneRecords = all.Sum(p => p.DoneRecords) };
    }
}
