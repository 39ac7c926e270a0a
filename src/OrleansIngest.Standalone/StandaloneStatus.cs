using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Standalone;

/// <summary>Puts together what the parts of the pipeline say of themselves.</summary>
internal static class StandaloneStatus
{
    public static PipelineStatus Read(StandalonePipeline? pipeline, TimeSpan uptime)
    {
        var problems = new List<string>();
        if (pipeline is null) problems.Add("The host is starting: it waits for the database and for its host lock.");
        else AddProblems(pipeline, problems);

        return new PipelineStatus(
            "standalone", Environment.ProcessId, Math.Round(uptime.TotalSeconds, 3), problems.Count == 0, problems,
            pipeline is null ? [] : Partitions(pipeline),
            EngineStatus.Writer(pipeline?.Engine),
            EngineStatus.DeadLetters(pipeline?.Engine),
            EngineStatus.Latency(pipeline?.Engine),
            new DeviceStatus(pipeline?.Lanes.Twins ?? 0, pipeline?.Lanes.Loading ?? 0),
            EngineStatus.Memory());
    }

    private static void AddProblems(StandalonePipeline pipeline, List<string> problems)
    {
        problems.AddRange(pipeline.Engine.Problems());
        if (!pipeline.ReadsAll) problems.Add("Kafka: not every partition is being read yet.");
        if (pipeline.Reader.Status.Problem is { } reading) problems.Add($"Kafka: {reading}");
        if (pipeline.Lanes.Problem is { } devices) problems.Add($"Devices: {devices}.");
        if (pipeline.Defects > 0) problems.Add($"{pipeline.Defects} dead letters failed by a defect and hold their partitions' watermarks back until a restart; the log names their records.");
    }

    private static List<PartitionStatus> Partitions(StandalonePipeline pipeline)
    {
        var partitions = new List<PartitionStatus>();
        foreach (var p in pipeline.Reader.Status.Partitions)
        {
            var progress = pipeline.Partitions.Find(p.Topic, p.Partition)?.Progress;
            partitions.Add(new PartitionStatus(
                p.Topic, p.Partition, p.Position, p.Watermark, p.End, p.Lag, p.Paused,
                progress?.InFlightBytes ?? 0, progress?.DoneRecords ?? 0, progress?.Oldest()));
        }

        return partitions;
    }
}
