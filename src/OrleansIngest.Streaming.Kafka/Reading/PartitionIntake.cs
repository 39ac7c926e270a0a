using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Streaming.Kafka.Mapping;
using OrleansIngest.Streaming.Kafka.Queues;

namespace OrleansIngest.Streaming.Kafka.Reading;

/// <summary>
/// Where the records of one partition's log come in: they are mapped, put into the queue as containers or sent to dead
/// letters, and accounted for until they are done.
/// </summary>
internal sealed class PartitionIntake : IPartitionConsumer, IContainerOwner
{
    private readonly IntakeServices _services;
    private readonly QueueInbox _inbox;
    private readonly MappedRecords _mapped;
    private readonly Lock _lock = new();
    private readonly LinkedList<KafkaBatchContainer> _inFlight = [];
    private long _held;
    private volatile string? _firstHeld;

    public PartitionIntake(RecordSource source, QueueInbox inbox, IntakeServices services)
    {
        _services = services;
        _inbox = inbox;
        _mapped = new MappedRecords(services.Options.DeliveryLimits);
        Progress = new PartitionProgress(source, services.Budget, services.Options.MaxWatermarkSpan);
    }

    /// <inheritdoc />
    public RecordSource Source => Progress.Source;

    /// <inheritdoc />
    public SiloAddress? Silo => _services.Silo;

    /// <summary>What is in flight and what is done.</summary>
    public PartitionProgress Progress { get; }

    /// <inheritdoc />
    public bool IsFull => Progress.IsFull || Progress.InFlightBytes >= _services.Options.MaxPartitionInFlightBytes;

    /// <inheritdoc />
    /// <remarks>A delivery to a grain costs as much as decoding dozens of records, however many it has.</remarks>
    public bool PrefersLarger => Progress.InFlightRecords > 0;

    /// <inheritdoc />
    public long? Watermark => Progress.Watermark;

    /// <summary>Records that the mapper failed on, which stay undone.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>The first of them, and why; null where there is none.</summary>
    public string? FirstHeld => _firstHeld;

    /// <summary>Whether everything is done that can be.</summary>
    public bool IsDrained => Progress.InFlightRecords <= Held;

    /// <summary>The container that has been waiting longest; null where none waits.</summary>
    public KafkaBatchContainer? Oldest
    {
        get { lock (_lock) return _inFlight.First?.Value; }
    }

    /// <inheritdoc />
    public void ReachedEnd(long endOffset) => Progress.ReachedEnd(endOffset);

    /// <inheritdoc />
    public void Deliver(List<SourceRecord> records)
    {
        Progress.Seen(records);
        var all = CollectionsMarshal.AsSpan(records);
        if (TryMap(all) is null) return;
        // Something in there is a defect of the mapper's; it is to cost that record alone.
        for (var i = 0; i < all.Length; i++)
        {
            if (TryMap(all.Slice(i, 1)) is { } problem) Hold(all[i], problem);
        }
    }

    /// <inheritdoc />
    public void Done(KafkaBatchContainer container)
    {
        Forget(container);
        Progress.Done(container.Records);
    }

    /// <inheritdoc />
    public void Absorbed(KafkaBatchContainer container) => Forget(container);

    // Null, or why nothing was handed on.
    private Exception? TryMap(ReadOnlySpan<SourceRecord> records)
    {
        try
        {
            _mapped.Begin(records);
            _services.Mapper.Map(records, _mapped);
        }
        catch (Exception e)
        {
            return e;
        }

        if (_mapped.IsIncomplete) return new InvalidOperationException("the mapper gave it to no stream and did not reject it");
        HandOn();
        return null;
    }

    private void HandOn()
    {
        var readAt = _services.Clock.GetTimestamp();
        lock (_lock)
        {
            foreach (var container in _mapped.Containers)
            {
                container.Owner = this;
                container.ReadAt = readAt;
                container.InFlight = _inFlight.AddLast(container);
            }
        }

        if (_mapped.Containers.Count > 0) _inbox.Add(_mapped.Containers);
        foreach (var rejection in _mapped.Rejections) _ = SendToDeadLettersAsync(rejection);
        _mapped.Clear();
    }

    private void Hold(SourceRecord record, Exception problem)
    {
        if (Interlocked.Increment(ref _held) > 1) return;
        _firstHeld = $"{Source} at offset {record.Offset}: {problem.Message}";
        _services.Logger.RecordNotMapped(Source.ToString(), record.Offset, problem);
    }

    private async Task SendToDeadLettersAsync(Rejection rejection)
    {
        try
        {
            await _services.DeadLetters.SendAsync(rejection, _services.Stopping).ConfigureAwait(false);
            Progress.Done(rejection.Record);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the record stays undone and is read again.
        }
    }

    private void Forget(KafkaBatchContainer container)
    {
        lock (_lock)
        {
            if (container.InFlight is { } node) _inFlight.Remove(node);
            container.InFlight = null;
        }
    }
}

/// <summary>What the intakes of all partitions share.</summary>
/// <param name="Options">The limits.</param>
/// <param name="Mapper">The application's part.</param>
/// <param name="DeadLetters">Takes what the mapper rejects.</param>
/// <param name="Budget">Bytes that all partitions may have in flight.</param>
/// <param name="Silo">The silo that reads.</param>
/// <param name="Clock">Tells how long containers wait.</param>
/// <param name="Logger">Told of defects.</param>
/// <param name="Stopping">Cancelled when nothing is waited for any more.</param>
internal sealed record IntakeServices(
    KafkaStreamOptions Options,
    IKafkaRecordMapper Mapper,
    IDeadLetterQueue DeadLetters,
    InFlightBudget Budget,
    SiloAddress? Silo,
    TimeProvider Clock,
    ILogger Logger,
    CancellationToken Stopping);
