using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Hosting.Engine;
using OrleansIngest.Kafka.Reading;
using OrleansIngest.Standalone.Lanes;

namespace OrleansIngest.Standalone;

/// <summary>Reader, lanes and the keeper of snapshots, around one engine.</summary>
internal sealed class StandalonePipeline : IAsyncDisposable
{
    // What shutdown may take after the drain, so that the process ends within two seconds of it.
    private static readonly TimeSpan CommitPatience = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan SnapshotPatience = TimeSpan.FromMilliseconds(700);

    private readonly IngestSettings _settings;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _giveUp = new();
    private readonly CancellationTokenSource _keeping = new();
    private readonly SnapshotKeeper _keeper;
    private readonly Task _keeperLoop;
    private int _defects;

    public StandalonePipeline(IngestSettings settings, IngestEngine engine, ILoggerFactory loggers, TimeProvider clock)
    {
        var (kafka, delivery, devices) = (settings.Kafka, settings.Delivery, settings.Devices);
        _settings = settings;
        _logger = loggers.CreateLogger<StandalonePipeline>();
        _clock = clock;
        Engine = engine;
        Lanes = new DeviceLanes(devices.Lanes, new LaneServices(
            engine.Twins, engine.Writer, engine.DeadLetters, clock, devices.IdleTimeout, devices.LoadBatchSize,
            loggers.CreateLogger<DeviceLanes>(), _giveUp.Token));
        Partitions = new PartitionPipelines(kafka, engine.Decoders, engine.Epochs, new PartitionServices(
            Lanes, engine.DeadLetters, engine.Latency, clock, new InFlightBudget(delivery.MaxInFlightBytes), delivery.MaxWatermarkSpan,
            DeliveryFailed, _giveUp.Token));
        Reader = new KafkaReader(kafka, Partitions, engine.Clients, clock, loggers.CreateLogger<KafkaReader>());
        _keeper = new SnapshotKeeper(Lanes, engine.TwinStore, engine.Epochs, Partitions.Watermarks, loggers.CreateLogger<SnapshotKeeper>());
        _keeperLoop = _keeper.RunAsync(devices.StatePersistInterval, clock, _keeping.Token);
    }

    public IngestEngine Engine { get; }

    public KafkaReader Reader { get; }

    public PartitionPipelines Partitions { get; }

    public DeviceLanes Lanes { get; }

    /// <summary>Deliveries that failed by a defect and are not tried again.</summary>
    public int Defects => Volatile.Read(ref _defects);

    /// <summary>Whether every partition that existed at the start is being read.</summary>
    public bool ReadsAll { get; private set; }

    // What waits for a failing device to be tried again would only use up the time: it is left to the next start.
    private long Undecided => Partitions.InFlightRecords - Lanes.HeldRecords;

    /// <summary>Completes when every partition that exists is being read.</summary>
    public async Task StartReadingAsync(CancellationToken cancellationToken)
    {
        await Reader.AssignAllAsync([.. _settings.Kafka.Topics.Select(t => t.Name)], cancellationToken);
        ReadsAll = true;
    }

    /// <summary>Completes, with the reason, when the pipeline cannot go on.</summary>
    public async Task<string> FailedAsync()
    {
        var engine = Engine.FailedAsync();
        var lanes = Lanes.Ended;
        var first = await Task.WhenAny(engine, Reader.Completion, lanes);
        if (first == engine) return await engine;
        return first == lanes
            ? $"a lane of devices has a defect: {lanes.Exception?.InnerException}"
            : Reader.Completion.Exception?.InnerException?.Message ?? "reading ended";
    }

    /// <summary>Stops reading, waits until what was read is durable, commits, and keeps the twins; within the time given and two seconds more.</summary>
    public async Task DrainAsync(TimeSpan timeout)
    {
        Log.Draining(_logger, timeout.TotalSeconds);
        var deadline = _clock.GetTimestamp();
        await Reader.StopReadingAsync();
        while (Undecided > 0 && !Engine.Writer.Stopped.IsCompleted && _clock.GetElapsedTime(deadline) < timeout)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), _clock);
        }

        await CommitAsync();
        await KeepTwinsAsync();
        if (Partitions.InFlightRecords == 0) Log.Drained(_logger);
        else Log.DrainedInPart(_logger, Partitions.InFlightRecords);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _giveUp.CancelAsync();
        await _keeping.CancelAsync();
        await Reader.DisposeAsync();
        await Engine.Writer.DisposeAsync();
        await Lanes.DisposeAsync();
        await _keeperLoop;
    }

    private async Task CommitAsync()
    {
        using var patience = new CancellationTokenSource(CommitPatience, _clock);
        try
        {
            if (!await Reader.CommitAsync(patience.Token)) Log.LastCommitFailed(_logger);
        }
        catch (OperationCanceledException)
        {
            Log.LastCommitFailed(_logger);
        }
    }

    private async Task KeepTwinsAsync()
    {
        await _keeping.CancelAsync();
        if (Undecided > 0) return;
        // A round that was cut off says which twins it did not keep.
        await Task.WhenAny(_keeperLoop, Task.Delay(SnapshotPatience, _clock));
        using var patience = new CancellationTokenSource(SnapshotPatience, _clock);
        try
        {
            await _keeper.SaveAsync(patience.Token);
        }
        catch (Exception e)
        {
            Log.LastSnapshotsLost(_logger, e);
        }
    }

    private void DeliveryFailed(Core.Records.RecordSource source, string what, Exception e)
    {
        Interlocked.Increment(ref _defects);
        Log.DeliveryFailed(_logger, what, source.ToString(), e);
    }
}
