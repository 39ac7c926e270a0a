using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka.Reading;
using OrleansIngest.Testing;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Kafka.Tests;

/// <summary>A reader over consumers that remember what they were handed, and the log lines of both.</summary>
internal sealed class ReaderRig : IPartitionConsumerFactory, IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Topic, int Partition), RecordingConsumer> _current = new();

    public ReaderRig(KafkaTestBroker broker, KafkaOptions options)
    {
        Options = options;
        var loggers = LoggerFactory.Create(b => b.SetMinimumLevel(LogLevel.Information).AddProvider(Log));
        Reader = new KafkaReader(options, this, broker.Clients(options, loggers), TimeProvider.System, loggers.CreateLogger<KafkaReader>());
    }

    public KafkaOptions Options { get; }

    public KafkaReader Reader { get; }

    public LogSink Log { get; } = new();

    /// <summary>Every opening, in order.</summary>
    public ConcurrentQueue<PartitionStart> Openings { get; } = new();

    /// <summary>Limits of the consumers that are opened next.</summary>
    public Limits Limits { get; set; } = Limits.None;

    /// <summary>Whether records are done as soon as they are handed on.</summary>
    public bool DoneAtOnce { get; set; } = true;

    /// <summary>Epoch of the logs that are opened next.</summary>
    public int Epoch { get; set; }

    /// <summary>Whether making a consumer fails.</summary>
    public bool Broken { get; set; }

    /// <summary>Making a consumer waits for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>The consumers that are fed now.</summary>
    public IReadOnlyCollection<RecordingConsumer> Consumers => [.. _current.Values];

    /// <summary>Records handed on to all of them.</summary>
    public int Count => _current.Values.Sum(c => c.Count);

    public RecordingConsumer Consumer(string topic, int partition) => _current[(topic, partition)];

    public async Task<IPartitionConsumer> OpenAsync(PartitionStart start, CancellationToken cancellationToken)
    {
        await Gate.WaitAsync(cancellationToken);
        if (Broken) throw new InvalidOperationException("The database is away.");
        Openings.Enqueue(start);
        var source = new RecordSource(start.ClusterId, start.Topic, start.Partition, Epoch, 0);
        var consumer = new RecordingConsumer(source, Limits, DoneAtOnce);
        _current[(start.Topic, start.Partition)] = consumer;
        return consumer;
    }

    /// <summary>Stops as a host does: reading first, then the last commit, then the client.</summary>
    public async Task StopAsync()
    {
        await Reader.StopReadingAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        Assert.True(await Reader.CommitAsync(patience.Token));
        await Reader.DisposeAsync();
    }

    public ValueTask DisposeAsync() => Reader.DisposeAsync();
}

/// <summary>How many bytes, and records beyond the watermark, a consumer takes before it is full.</summary>
internal readonly record struct Limits(long Bytes, long Span)
{
    public static Limits None => new(long.MaxValue, long.MaxValue);
}

/// <summary>Remembers records and keeps their watermark as the product does.</summary>
internal sealed class RecordingConsumer(RecordSource source, Limits limits, bool doneAtOnce) : IPartitionConsumer
{
    private readonly Lock _lock = new();
    private readonly List<SourceRecord> _records = [];
    private readonly HashSet<long> _undone = [];
    private readonly Watermark _watermark = new();
    private long _bytes;

    public RecordSource Source { get; } = source;

    public bool IsFull
    {
        get { lock (_lock) return _bytes >= limits.Bytes || _watermark.Span >= limits.Span; }
    }

    /// <summary>As long as something is under way.</summary>
    public bool PrefersLarger
    {
        get { lock (_lock) return _bytes > 0; }
    }

    public long? Watermark
    {
        get { lock (_lock) return _watermark.Offset; }
    }

    public long InFlightBytes
    {
        get { lock (_lock) return _bytes; }
    }

    /// <summary>The end offset of the latest call.</summary>
    public long? End { get; private set; }

    /// <summary>The most records of one call.</summary>
    public int LargestBatch { get; private set; }

    /// <summary>Calls.</summary>
    public int Batches { get; private set; }

    public int Count
    {
        get { lock (_lock) return _records.Count; }
    }

    public List<SourceRecord> Records
    {
        get { lock (_lock) return [.. _records]; }
    }

    public List<long> Offsets => [.. Records.Select(r => r.Offset)];

    public void Deliver(List<SourceRecord> records)
    {
        lock (_lock)
        {
            Batches++;
            LargestBatch = Math.Max(LargestBatch, records.Count);
            foreach (var record in records)
            {
                // The sequence is the position in the list of all.
                Assert.Equal(_records.Count, _watermark.Seen(record.Offset));
                _records.Add(record);
                _undone.Add(record.Offset);
                _bytes += record.Size;
            }
        }

        if (doneAtOnce) Complete(records);
    }

    public void ReachedEnd(long endOffset)
    {
        lock (_lock)
        {
            End = endOffset;
            _watermark.ReachedEnd(endOffset);
        }
    }

    /// <summary>Marks records done; those that are done already stay so.</summary>
    public void Complete(IEnumerable<SourceRecord> records)
    {
        lock (_lock)
        {
            foreach (var record in records.Where(r => _undone.Remove(r.Offset)))
            {
                _watermark.Done(_records.BinarySearch(record, ByOffset));
                _bytes -= record.Size;
            }
        }
    }

    /// <summary>Marks everything done that was handed on until now.</summary>
    public void CompleteAll()
    {
        lock (_lock) Complete(_records.FindAll(r => _undone.Contains(r.Offset)));
    }

    private static readonly Comparer<SourceRecord> ByOffset = Comparer<SourceRecord>.Create((a, b) => a.Offset.CompareTo(b.Offset));
}
