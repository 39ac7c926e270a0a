using OrleansIngest.Hosting.Status;
using OrleansIngest.Kafka.Reading;
using OrleansIngest.Streaming.Kafka.Status;
using PartitionStatus = OrleansIngest.Hosting.Status.PartitionStatus;

namespace OrleansIngest.Silo;

/// <summary>Puts together what the parts of a silo say of themselves.</summary>
internal static class SiloReport
{
    public static PipelineStatus Read(OrleansSilo? silo, TimeSpan uptime)
    {
        var streams = silo?.Streams.Status;
        List<string> problems = silo is null
            ? ["The silo is starting: it waits for the database, and for its place in the cluster."]
            : [.. silo.Engine.Problems(), .. streams!.Problems, .. Opening(streams)];
        return new PipelineStatus(
            "silo", Environment.ProcessId, Math.Round(uptime.TotalSeconds, 3), problems.Count == 0, problems,
            streams is null ? [] : [.. streams.Partitions.Select(Partition)],
            EngineStatus.Writer(silo?.Engine),
            EngineStatus.DeadLetters(silo?.Engine),
            EngineStatus.Latency(silo?.Engine),
            new DeviceStatus(silo?.Devices.Count ?? 0, silo?.Devices.Loading ?? 0),
            EngineStatus.Memory());
    }

    private static IEnumerable<string> Opening(KafkaStreamStatus streams)
    {
        var waiting = streams.Partitions.Count(p => p.Reading.State is PartitionState.Waiting or PartitionState.Opening);
        if (waiting > 0) yield return $"Kafka: {waiting} of {streams.Partitions.Count} partitions are not being read yet.";
    }

    private static PartitionStatus Partition(KafkaStreamPartitionStatus partition)
    {
        var reading = partition.Reading;
        return new PartitionStatus(
            reading.Topic, reading.Partition, reading.Position, reading.Watermark, reading.End, reading.Lag, reading.Paused,
            partition.InFlightBytes, partition.DoneRecords, partition.Oldest?.Key);
    }
}
