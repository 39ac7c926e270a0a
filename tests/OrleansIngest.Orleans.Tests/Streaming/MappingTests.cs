using Orleans.Runtime;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Streaming.Kafka;
using OrleansIngest.Streaming.Kafka.Mapping;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>Every record is accounted for exactly once.</summary>
public sealed class MappingTests
{
    private static readonly StreamId Stream = StreamId.Create("ns", "key");

    private readonly RecordSource _source = new("cluster", "topic", 0, 0, 0);
    private readonly PartitionProgress _progress;
    private long _offset;

    public MappingTests() => _progress = new PartitionProgress(_source, new InFlightBudget(long.MaxValue), int.MaxValue);

    [Fact]
    public void Records_of_one_stream_make_one_container()
    {
        var records = Poll(4);
        var mapped = Begin(records);

        mapped.Add(Stream, records[0], "a");
        var other = mapped.Add(StreamId.Create("ns", "other"), records[1], "b");
        var container = mapped.Add(Stream, records[2], "c");
        Assert.True(mapped.TryExtend(container, records[3]));

        Assert.False(mapped.IsIncomplete);
        Assert.Equal([container, other], mapped.Containers);
        var events = container.GetEvents<string>().ToList();
        Assert.Equal(["a", "c"], events.Select(e => e.Item1));
        Assert.Equal([0, 3], events.Select(e => e.Item2.SequenceNumber));
        Assert.Equal((0, 3), (container.FirstOffset, container.Token.SequenceNumber));
        Assert.Equal([records[0], records[2], records[3]], container.Records);
    }

    [Fact]
    public void What_grows_too_large_is_divided()
    {
        var records = Poll(6);
        var mapped = Begin(records, new DeliveryLimits(2, long.MaxValue));
        var container = mapped.Add(Stream, records[0], "a");
        Assert.True(mapped.TryExtend(container, records[1]));
        Assert.False(mapped.TryExtend(container, records[2]));
        for (var i = 2; i < 6; i++) mapped.Add(Stream, records[i], "b");

        Assert.Equal([2, 2, 2], mapped.Containers.Select(c => c.Records.Count));
        Assert.False(mapped.IsIncomplete);
    }

    [Fact]
    public void A_record_cannot_belong_to_two_streams_or_be_of_another_poll()
    {
        var records = Poll(2);
        var mapped = Begin(records);
        var container = mapped.Add(Stream, records[0], "a");

        Assert.Throws<InvalidOperationException>(() => mapped.Add(StreamId.Create("ns", "other"), records[0], "a"));
        Assert.Throws<InvalidOperationException>(() => mapped.TryExtend(container, records[0]));
        Assert.Throws<InvalidOperationException>(() => mapped.Reject(new Rejection(records[0], RejectReason.NotJson, "")));
        Assert.Throws<InvalidOperationException>(() => mapped.Add(Stream, Poll(1)[0], "b"));
        Assert.True(mapped.IsIncomplete);
        Assert.Equal([container], mapped.Containers);
    }

    [Fact]
    public void A_stream_without_namespace_is_refused()
    {
        var records = Poll(1);

        Assert.Throws<ArgumentException>(() => Begin(records).Add(StreamId.Create((string)null!, "key"), records[0], "a"));
    }

    private List<SourceRecord> Poll(int count)
    {
        var records = Enumerable.Range(0, count)
            .Select(_ => new SourceRecord { Source = _source, Offset = _offset++, TimestampMicros = 0, Value = new byte[10] }).ToList();
        _progress.Seen(records);
        return records;
    }

    private static MappedRecords Begin(List<SourceRecord> records, DeliveryLimits? limits = null)
    {
        var mapped = new MappedRecords(limits ?? new DeliveryLimits(100, long.MaxValue));
        mapped.Begin(records.ToArray());
        return mapped;
    }
}
