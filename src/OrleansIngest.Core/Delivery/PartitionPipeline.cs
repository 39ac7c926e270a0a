using System.Runtime.InteropServices;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Measuring;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Delivery;

/// <summary>
/// The way of one partition's records: decode, group by device, deliver, and note what is done. Records that cannot be
/// decoded go to dead letters.
/// </summary>
public sealed class PartitionPipeline : IPartitionConsumer
{
    private readonly PartitionServices _services;
    private readonly RecordGrouper _grouper;
    private readonly List<DeviceBatch> _batches = [];
    private readonly List<Rejection> _rejections = [];

    /// <summary>A pipeline for one assignment of a partition. The decoder may be shared by pipelines that are fed by one thread.</summary>
    public PartitionPipeline(RecordSource source, RecordFormat format, IRecordDecoder decoder, PartitionServices services)
    {
        Source = source;
        Progress = new PartitionProgress(source, services.Budget, services.MaxWatermarkSpan);
        _grouper = new RecordGrouper(format, decoder);
        _services = services;
    }

    /// <inheritdoc />
    public RecordSource Source { get; }

    /// <summary>What is in flight and what is done.</summary>
    public PartitionProgress Progress { get; }

    /// <inheritdoc />
    public bool IsFull => Progress.IsFull;

    /// <inheritdoc />
    public bool PrefersLarger => false;

    /// <inheritdoc />
    public long? Watermark => Progress.Watermark;

    /// <inheritdoc />
    public void ReachedEnd(long endOffset) => Progress.ReachedEnd(endOffset);

    /// <inheritdoc />
    public void Deliver(List<SourceRecord> records)
    {
        Progress.Seen(records);
        _grouper.Group(CollectionsMarshal.AsSpan(records), _batches, _rejections);
        foreach (var rejection in _rejections)
        {
            rejection.Record.Detach();
            _ = SendToDeadLettersAsync(rejection);
        }

        foreach (var batch in _batches)
        {
            Progress.Began(batch);
            _ = DeliverAsync(batch);
        }

        _rejections.Clear();
        _batches.Clear();
    }

    private async Task DeliverAsync(DeviceBatch batch)
    {
        try
        {
            await _services.Devices.DeliverAsync(batch).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WriterStoppedException or OperationCanceledException)
        {
            // Stopping: the batch stays undone, so its offsets are not committed and it is read again.
            return;
        }
        catch (Exception e)
        {
            _services.DeliveryFailed(Source, batch.StreamKey, e);
            return;
        }

        Progress.Done(batch);
        _services.Latency.RecordSince(batch, _services.Clock);
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
        catch (Exception e)
        {
            _services.DeliveryFailed(Source, $"dead letter of offset {rejection.Record.Offset}", e);
        }
    }
}

/// <summary>What every partition's pipeline shares.</summary>
/// <param name="Devices">Brings batches to their devices.</param>
/// <param name="DeadLetters">Takes what cannot be stored.</param>
/// <param name="Latency">Kafka append to committed row.</param>
/// <param name="Clock">Time for the latency.</param>
/// <param name="Budget">Bytes that all partitions may have in flight.</param>
/// <param name="MaxWatermarkSpan">Records that one partition may be read beyond its watermark.</param>
/// <param name="DeliveryFailed">Told of a delivery that failed for no outside reason: a defect. What it was about holds its partition's watermark back.</param>
/// <param name="Stopping">Cancelled when the host gives up draining.</param>
public sealed record PartitionServices(
    IDeviceDelivery Devices,
    IDeadLetterQueue DeadLetters,
    AppendLatency Latency,
    TimeProvider Clock,
    InFlightBudget Budget,
    int MaxWatermarkSpan,
    Action<RecordSource, string, Exception> DeliveryFailed,
    CancellationToken Stopping);
