using Orleans.Runtime;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Streaming.Kafka.Mapping;

/// <summary>What becomes of the records of one poll. Sees to it that every record is accounted for exactly once.</summary>
public sealed class MappedRecords
{
    private readonly DeliveryLimits _limits;
    private readonly Dictionary<StreamId, KafkaBatchContainer> _byStream = [];
    private readonly List<KafkaBatchContainer> _containers = [];
    private readonly List<Rejection> _rejections = [];
    private bool[] _claimed = new bool[64];
    private long _first;
    private int _count;
    private int _unclaimed;

    internal MappedRecords(DeliveryLimits limits) => _limits = limits;

    internal IReadOnlyList<KafkaBatchContainer> Containers => _containers;

    internal IReadOnlyList<Rejection> Rejections => _rejections;

    /// <summary>Whether some record is not accounted for.</summary>
    internal bool IsIncomplete => _unclaimed > 0;

    /// <summary>Adds an event of a stream. Gives the container that it is in, for <see cref="TryExtend"/>.</summary>
    /// <param name="stream">The stream. Its namespace finds the grains that subscribe implicitly, so it must have one.</param>
    /// <param name="record">The record that the event stems from.</param>
    /// <param name="value">The event.</param>
    /// <exception cref="ArgumentException">The stream has no namespace.</exception>
    /// <exception cref="InvalidOperationException">The record is accounted for already, or is not of this poll.</exception>
    public KafkaBatchContainer Add(StreamId stream, SourceRecord record, object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (stream.Namespace.IsEmpty)
        {
            throw new ArgumentException($"Stream '{stream}' has no namespace, so no grain can subscribe to it implicitly.", nameof(stream));
        }

        Claim(record);
        if (!_byStream.TryGetValue(stream, out var container) || !container.HasRoomFor(record, _limits))
        {
            _byStream[stream] = container = new KafkaBatchContainer(stream, record.Source);
            _containers.Add(container);
        }

        container.Add(record, value);
        return container;
    }

    /// <summary>Accounts for a further record that the latest event of a container holds. False where a delivery would grow too large: begin another event.</summary>
    /// <exception cref="InvalidOperationException">The record is accounted for already, or is not of this poll.</exception>
    public bool TryExtend(KafkaBatchContainer container, SourceRecord record)
    {
        if (!container.HasRoomFor(record, _limits)) return false;
        Claim(record);
        container.Extend(record);
        return true;
    }

    /// <summary>Sends a record to dead letters.</summary>
    /// <exception cref="InvalidOperationException">The record is accounted for already, or is not of this poll.</exception>
    public void Reject(Rejection rejection)
    {
        Claim(rejection.Record);
        _rejections.Add(rejection);
    }

    /// <summary>Begins with these records, of consecutive sequences.</summary>
    internal void Begin(ReadOnlySpan<SourceRecord> records)
    {
        Clear();
        if (_claimed.Length < records.Length) _claimed = new bool[records.Length];
        Array.Clear(_claimed, 0, records.Length);
        _first = records[0].Sequence;
        _count = _unclaimed = records.Length;
    }

    /// <summary>Forgets everything: what was handed on is not to live as long as this.</summary>
    internal void Clear()
    {
        _byStream.Clear();
        _containers.Clear();
        _rejections.Clear();
        _count = _unclaimed = 0;
    }

    private void Claim(SourceRecord record)
    {
        var index = record.Sequence - _first;
        if (index < 0 || index >= _count) throw new InvalidOperationException($"The record at offset {record.Offset} is not one of this poll.");
        if (_claimed[index]) throw new InvalidOperationException($"The record at offset {record.Offset} is accounted for already: it can belong to one stream only.");
        _claimed[index] = true;
        _unclaimed--;
    }
}
