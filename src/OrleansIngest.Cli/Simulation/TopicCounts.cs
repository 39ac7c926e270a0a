using Confluent.Kafka;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Cli.Simulation;

/// <summary>What was produced to one topic, and what the broker's delivery reports said of it.</summary>
internal sealed class TopicCounts
{
    private long _produced;
    private long _acknowledged;
    private long _producedBytes;
    private long _duplicates;
    private long _malformed;
    private long _failed;
    private string? _failure;

    public TopicCounts(string topic, RecordFormat format)
    {
        Topic = topic;
        Format = format;
        Handler = report => Reported(report);
        MalformedHandler = report =>
        {
            if (Reported(report)) Interlocked.Increment(ref _malformed);
        };
    }

    public string Topic { get; }

    public RecordFormat Format { get; }

    /// <summary>Records handed to the client.</summary>
    public long Produced => Interlocked.Read(ref _produced);

    /// <summary>Bytes of their keys and values, before compression.</summary>
    public long ProducedBytes => Interlocked.Read(ref _producedBytes);

    /// <summary>Records that the broker acknowledged: duplicates and malformed ones among them.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Records that were acknowledged a second time.</summary>
    public long Duplicates => Interlocked.Read(ref _duplicates);

    /// <summary>Acknowledged records that must end as dead letters.</summary>
    public long Malformed => Interlocked.Read(ref _malformed);

    /// <summary>Records that the client gave up; whether the broker has them is unknown.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Why the first of them failed.</summary>
    public string? Failure => Volatile.Read(ref _failure);

    public PartitionEnds Ends { get; } = new();

    /// <summary>Takes the delivery reports of good records.</summary>
    public Action<DeliveryReport<byte[], byte[]?>> Handler { get; }

    /// <summary>Takes the delivery reports of malformed records.</summary>
    public Action<DeliveryReport<byte[], byte[]?>> MalformedHandler { get; }

    /// <summary>Takes both delivery reports of a record that is sent twice.</summary>
    public Action<DeliveryReport<byte[], byte[]?>> TwiceHandler()
    {
        var acknowledged = 0;
        return report =>
        {
            if (Reported(report) && ++acknowledged == 2) Interlocked.Increment(ref _duplicates);
        };
    }

    public void HandedOver(int bytes)
    {
        Interlocked.Increment(ref _produced);
        Interlocked.Add(ref _producedBytes, bytes);
    }

    private bool Reported(DeliveryReport<byte[], byte[]?> report)
    {
        if (report.Error.IsError)
        {
            Interlocked.CompareExchange(ref _failure, report.Error.Reason, null);
            Interlocked.Increment(ref _failed);
            return false;
        }

        Interlocked.Increment(ref _acknowledged);
        Ends.Acknowledged(report.Partition.Value, report.Offset.Value);
        return true;
    }
}
