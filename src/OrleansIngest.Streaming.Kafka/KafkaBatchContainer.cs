using Orleans.Runtime;
using Orleans.Streams;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Streaming.Kafka;

/// <summary>
/// Events of one stream from one partition, in offset order: what is delivered, and done, at once. To a grain on the same
/// silo it goes by reference; to others its events are serialized, so their types need Orleans serializers.
/// </summary>
[GenerateSerializer, Immutable, Alias("OrleansIngest.Streaming.Kafka.KafkaBatchContainer")]
public sealed class KafkaBatchContainer : IBatchContainer
{
    // A request context is copied with every message.
    private const int SiloToldEvery = 8;

    /// <summary>The entry of a delivery's request context, of the first of a stream and each eighth after it, that has the <see cref="SiloAddress"/> of the silo that reads the partition.</summary>
    public const string SiloKey = "KafkaStreams.Silo";

    [Id(0)]
    private readonly string _topic;
    [Id(1)]
    private readonly int _partition;
    [Id(2)]
    private readonly int _epoch;
    [Id(3)]
    private readonly List<KafkaEvent> _events = new(1);
    [Id(4)]
    private long _lastOffset;
    [NonSerialized]
    private KafkaSequenceToken? _token;

    internal KafkaBatchContainer(StreamId streamId, RecordSource source)
    {
        StreamId = streamId;
        (_topic, _partition, _epoch) = (source.Topic, source.Partition, source.Epoch);
    }

    /// <inheritdoc />
    [Id(5)]
    public StreamId StreamId { get; private set; }

    /// <inheritdoc />
    public StreamSequenceToken SequenceToken => Token;

    internal KafkaSequenceToken Token => _token ??= new(_topic, _partition, _epoch, _lastOffset, KafkaSequenceToken.WholeContainer);

    /// <summary>The records that the events stem from; empty on other silos, and once done.</summary>
    [field: NonSerialized]
    internal List<SourceRecord> Records { get; private set; } = new(1);

    /// <summary>Offset of the first of them.</summary>
    [field: NonSerialized]
    internal long FirstOffset { get; private set; } = -1;

    /// <summary>Bytes of all its records.</summary>
    [field: NonSerialized]
    internal long Bytes { get; private set; }

    /// <summary>Whom to tell when it is done.</summary>
    [field: NonSerialized]
    internal IContainerOwner? Owner { get; set; }

    /// <summary>Place among the undone containers of its owner.</summary>
    [field: NonSerialized]
    internal LinkedListNode<KafkaBatchContainer>? InFlight { get; set; }

    /// <summary>When it was read, by the clock's timestamp.</summary>
    [field: NonSerialized]
    internal long ReadAt { get; set; }

    /// <summary>The next container of its stream in the cache.</summary>
    [field: NonSerialized]
    internal KafkaBatchContainer? NextInStream { get; set; }

    /// <summary>Its number in its stream in the cache.</summary>
    [field: NonSerialized]
    internal long Number { get; set; }

    /// <summary>Whether a subscriber has been given it, so that nothing may be added.</summary>
    [field: NonSerialized]
    internal bool HandedOut { get; set; }

    /// <summary>Whether some subscriber has taken it.</summary>
    [field: NonSerialized]
    internal bool Delivered { get; set; }

    /// <inheritdoc />
    /// <exception cref="InvalidCastException">An event is of another type: the subscriber asked for the wrong one, and skipping it would lose it.</exception>
    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>()
    {
        for (var i = 0; i < _events.Count; i++)
        {
            var (value, offset) = _events[i];
            if (value is not T typed)
            {
                throw new InvalidCastException(
                    $"Stream {StreamId} carries events of type {value.GetType()}, but its subscriber asks for {typeof(T)}.");
            }

            yield return Tuple.Create<T, StreamSequenceToken>(typed, new KafkaSequenceToken(_topic, _partition, _epoch, offset, i));
        }
    }

    /// <inheritdoc />
    /// <remarks>Called by the agent that delivers.</remarks>
    public bool ImportRequestContext()
    {
        if (Number % SiloToldEvery != 1 || Owner?.Silo is not { } silo) return false;
        RequestContext.Set(SiloKey, silo);
        return true;
    }

    /// <inheritdoc />
    public override string ToString() => $"{StreamId} {Token}: {_events.Count} events";

    internal void Add(SourceRecord record, object value)
    {
        _events.Add(new KafkaEvent(value, record.Offset));
        Cover(record);
    }

    /// <summary>A further record that the latest event holds.</summary>
    internal void Extend(SourceRecord record)
    {
        _events[^1] = _events[^1] with { Offset = record.Offset };
        Cover(record);
    }

    /// <summary>Whether it may take another record.</summary>
    internal bool HasRoomFor(SourceRecord record, in DeliveryLimits limits) =>
        Records.Count < limits.MaxRecords && Bytes + record.Size <= limits.MaxBytes;

    /// <summary>Takes in what follows it, unless that makes it too large or belongs to another log.</summary>
    internal bool TryAbsorb(KafkaBatchContainer next, in DeliveryLimits limits)
    {
        if (next.Owner != Owner || Records.Count + next.Records.Count > limits.MaxRecords || Bytes + next.Bytes > limits.MaxBytes) return false;
        _events.AddRange(next._events);
        Records.AddRange(next.Records);
        Bytes += next.Bytes;
        Reach(next._lastOffset);
        Owner?.Absorbed(next);
        return true;
    }

    /// <summary>Every subscriber has it.</summary>
    internal void Done()
    {
        Owner?.Done(this);
        Records = [];
    }

    private void Cover(SourceRecord record)
    {
        if (Records.Count == 0) FirstOffset = record.Offset;
        Records.Add(record);
        Bytes += record.Size;
        Reach(record.Offset);
    }

    private void Reach(long offset)
    {
        _lastOffset = offset;
        _token = null;
    }
}

/// <summary>An event, and the offset of the last record that it stems from.</summary>
[GenerateSerializer, Immutable, Alias("OrleansIngest.Streaming.Kafka.KafkaEvent")]
internal readonly record struct KafkaEvent([property: Id(0)] object Value, [property: Id(1)] long Offset);

/// <summary>How much may be delivered at once; a single record always may.</summary>
/// <param name="MaxRecords">Records.</param>
/// <param name="MaxBytes">Bytes, as <see cref="SourceRecord.Size"/> counts them.</param>
internal readonly record struct DeliveryLimits(int MaxRecords, long MaxBytes);

/// <summary>Whoever keeps account of containers.</summary>
internal interface IContainerOwner
{
    /// <summary>The silo that reads them; null where that is of no consequence.</summary>
    SiloAddress? Silo { get; }

    /// <summary>The container is done.</summary>
    void Done(KafkaBatchContainer container);

    /// <summary>The container has become part of an earlier one.</summary>
    void Absorbed(KafkaBatchContainer container);
}
