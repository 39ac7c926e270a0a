namespace OrleansIngest.Hosting.Status;

/// <summary>What <c>GET /api/pipeline</c> says: the pipeline of this process at one moment. JSON names are snake_case.</summary>
/// <param name="Host">standalone or silo.</param>
/// <param name="ProcessId">Of the host.</param>
/// <param name="UptimeSeconds">Since start.</param>
/// <param name="Ready">Whether every part works; <paramref name="Problems"/> says what does not.</param>
/// <param name="Problems">One sentence each: what is wrong, and what is waited for.</param>
/// <param name="Partitions">Every partition that this process reads.</param>
/// <param name="Writer">The batch writer.</param>
/// <param name="DeadLetters">Acknowledged dead letters of this process by reason.</param>
/// <param name="Latency">Kafka append to committed row, over the whole life of the process.</param>
/// <param name="Devices">Twins in memory.</param>
/// <param name="Memory">Memory of the process.</param>
public sealed record PipelineStatus(
    string Host,
    int ProcessId,
    double UptimeSeconds,
    bool Ready,
    IReadOnlyList<string> Problems,
    IReadOnlyList<PartitionStatus> Partitions,
    WriterStatus Writer,
    IReadOnlyDictionary<string, long> DeadLetters,
    LatencyStatus Latency,
    DeviceStatus Devices,
    MemoryStatus Memory);

/// <summary>One partition.</summary>
/// <param name="Topic">Topic name.</param>
/// <param name="Partition">Partition number.</param>
/// <param name="Position">Next offset to read; null before the first read.</param>
/// <param name="Watermark">Every record before this offset is durable; null before it is known.</param>
/// <param name="EndOffset">One past the last record, as last heard of the broker; null before.</param>
/// <param name="Lag">Records between watermark and end; null where either is unknown.</param>
/// <param name="Paused">Whether reading waits for what is in flight.</param>
/// <param name="InFlightBytes">Bytes read and not yet durable.</param>
/// <param name="DoneRecords">Records made durable since the partition was taken on.</param>
/// <param name="OldestInFlight">The device that the watermark waits for; null where nothing is in flight.</param>
public sealed record PartitionStatus(
    string Topic, int Partition, long? Position, long? Watermark, long? EndOffset, long? Lag,
    bool Paused, long InFlightBytes, long DoneRecords, string? OldestInFlight);

/// <summary>The batch writer.</summary>
/// <param name="Ready">Whether the database takes rows.</param>
/// <param name="RowsWritten">Rows that the tables took: repeats are not among them.</param>
/// <param name="Conflicts">Rows whose key was in the table already.</param>
/// <param name="Batches">Transactions committed.</param>
/// <param name="Retries">Batches tried again after a transient failure.</param>
/// <param name="Refused">Records that the database refused.</param>
/// <param name="QueuedRows">Rows handed in and not yet committed.</param>
/// <param name="FlushP50Ms">Median duration of a batch, milliseconds.</param>
/// <param name="FlushP99Ms">99th percentile.</param>
public sealed record WriterStatus(
    bool Ready, long RowsWritten, long Conflicts, long Batches, long Retries, long Refused, long QueuedRows,
    double FlushP50Ms, double FlushP99Ms);

/// <summary>Twins in memory.</summary>
public sealed record DeviceStatus(long Twins, long Loading);

/// <summary>Memory of the process, bytes.</summary>
/// <param name="WorkingSetBytes">Now.</param>
/// <param name="PeakWorkingSetBytes">Highest since start.</param>
/// <param name="GcHeapBytes">Managed heap after the last collection.</param>
public sealed record MemoryStatus(long WorkingSetBytes, long PeakWorkingSetBytes, long GcHeapBytes);
