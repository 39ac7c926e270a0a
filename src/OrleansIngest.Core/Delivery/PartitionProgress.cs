using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Delivery;

/// <summary>What of one partition is in flight and what is done. Safe for concurrent use.</summary>
/// <param name="source">The partition's log.</param>
/// <param name="budget">Bytes in flight, shared with the other partitions.</param>
/// <param name="maxWatermarkSpan">Records that may be read beyond the watermark: done ones that wait for an earlier one count too.</param>
public sealed class PartitionProgress(RecordSource source, InFlightBudget budget, int maxWatermarkSpan)
{
    private readonly Lock _lock = new();
    private readonly Watermark _watermark = new();
    private readonly LinkedList<DeviceBatch> _inFlight = [];
    private long _bytes;
    private long _seen;
    private long _done;

    /// <summary>The partition's log.</summary>
    public RecordSource Source { get; } = source;

    /// <summary>Every record before this offset is done; null before the first is known.</summary>
    public long? Watermark
    {
        get { lock (_lock) return _watermark.Offset; }
    }

    /// <summary>Bytes of records that are not done.</summary>
    public long InFlightBytes => Interlocked.Read(ref _bytes);

    /// <summary>Records that are not done.</summary>
    public long InFlightRecords => Interlocked.Read(ref _seen) - Interlocked.Read(ref _done);

    /// <summary>Records that are done.</summary>
    public long DoneRecords => Interlocked.Read(ref _done);

    /// <summary>Whether a limit is reached, so that reading pauses.</summary>
    public bool IsFull
    {
        get
        {
            if (budget.IsSpent) return true;
            lock (_lock) return _watermark.Span >= maxWatermarkSpan;
        }
    }

    /// <summary>Takes records as they are read, in offset order.</summary>
    public void Seen(List<SourceRecord> records)
    {
        long bytes = 0;
        lock (_lock)
        {
            foreach (var record in records)
            {
                record.Sequence = _watermark.Seen(record.Offset);
                bytes += record.Size;
            }
        }

        Hold(bytes);
        Interlocked.Add(ref _seen, records.Count);
    }

    /// <summary>The log ends before <paramref name="offset"/> for now.</summary>
    public void ReachedEnd(long offset)
    {
        lock (_lock) _watermark.ReachedEnd(offset);
    }

    /// <summary>Notes a batch as handed to its device, so that it can be named while it holds the watermark back.</summary>
    public void Began(DeviceBatch batch)
    {
        lock (_lock) batch.InFlight = _inFlight.AddLast(batch);
    }

    /// <summary>The batch's rows are durable: its bytes are free at once, whatever stands before it.</summary>
    public void Done(DeviceBatch batch)
    {
        long bytes = 0;
        lock (_lock)
        {
            foreach (var record in batch.Records)
            {
                _watermark.Done(record.Source.Sequence);
                bytes += record.Source.Size;
            }

            if (batch.InFlight is { } node) _inFlight.Remove(node);
        }

        Hold(-bytes);
        Interlocked.Add(ref _done, batch.Records.Count);
    }

    /// <summary>These records are done together: their bytes are free at once, whatever stands before them.</summary>
    public void Done(List<SourceRecord> records)
    {
        long bytes = 0;
        lock (_lock)
        {
            foreach (var record in records)
            {
                _watermark.Done(record.Sequence);
                bytes += record.Size;
            }
        }

        Hold(-bytes);
        Interlocked.Add(ref _done, records.Count);
    }

    /// <summary>The record's dead letter is acknowledged.</summary>
    public void Done(SourceRecord record)
    {
        lock (_lock) _watermark.Done(record.Sequence);
        Hold(-record.Size);
        Interlocked.Increment(ref _done);
    }

    /// <summary>The stream key of the batch that has been in flight longest, which is what the watermark waits for; null where none is.</summary>
    public string? Oldest()
    {
        lock (_lock) return _inFlight.First?.Value.StreamKey;
    }

    private void Hold(long bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        budget.Add(bytes);
    }
}
