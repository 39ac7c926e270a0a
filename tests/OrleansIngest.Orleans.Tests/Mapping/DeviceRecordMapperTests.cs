using System.Text;
using Orleans.Runtime;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Grains.Streams;
using OrleansIngest.Kafka;
using OrleansIngest.Streaming.Kafka;
using OrleansIngest.Streaming.Kafka.Mapping;

namespace OrleansIngest.Orleans.Tests.Mapping;

/// <summary>From polled records to streams of devices.</summary>
public sealed class DeviceRecordMapperTests
{
    private const long Now = 1_790_000_000_000_000;

    private readonly DeviceRecordMapper _mapper = new(
        [
            new TopicBinding { Name = "decoded", Format = RecordFormat.Decoded },
            new TopicBinding { Name = "events", Format = RecordFormat.Event },
        ],
        new RecordDecoders(new DecoderOptions { MaxLateness = TimeSpan.FromDays(36_500) }, TimeProvider.System));

    [Fact]
    public void Each_device_of_a_poll_has_one_event_with_its_records_in_order()
    {
        var mapped = Map("decoded", 1_000, Measurement("a", 1), Measurement("b", 2), Measurement("a", 3), Measurement("a", 4));

        Assert.Equal(["a", "b"], mapped.Containers.Select(c => c.StreamId.GetKeyAsString()));
        Assert.All(mapped.Containers, c => Assert.Equal(DeviceStreams.Devices, c.StreamId.GetNamespace()));
        var a = Assert.Single(mapped.Containers[0].GetEvents<DeviceBatch>()).Item1;
        Assert.Equal(("a", RecordFormat.Decoded), (a.StreamKey, a.Format));
        Assert.Equal([0L, 2, 3], a.Records.Select(r => r.Source.Offset));
        Assert.False(mapped.IsIncomplete);
    }

    [Fact]
    public void What_cannot_be_decoded_is_rejected_with_its_reason_and_the_rest_goes_on()
    {
        var mapped = Map("decoded", 1_000, "nonsense", Measurement("a", 1), """{"mac_address":" "}""");

        Assert.Equal(
            [(0L, RejectReason.NotJson), (2L, RejectReason.DeviceId)],
            mapped.Rejections.Select(r => (r.Record.Offset, r.Reason)));
        Assert.Equal([1L], Assert.Single(Assert.Single(mapped.Containers).GetEvents<DeviceBatch>()).Item1.Records.Select(r => r.Source.Offset));
        Assert.False(mapped.IsIncomplete);
    }

    [Fact]
    public void Events_go_to_the_stream_of_their_partition()
    {
        var mapped = Map("events", 1_000, Event(1), Event(2));

        var container = Assert.Single(mapped.Containers);
        Assert.Equal((DeviceStreams.Events, "events/3"), (container.StreamId.GetNamespace(), container.StreamId.GetKeyAsString()));
        var batch = Assert.Single(container.GetEvents<DeviceBatch>()).Item1;
        Assert.Equal((RecordFormat.Event, 2), (batch.Format, batch.Records.Count));
    }

    [Fact]
    public void A_device_that_is_called_like_a_partition_does_not_meet_its_events()
    {
        var device = Assert.Single(Map("decoded", 1_000, Measurement("events/3", 1)).Containers).StreamId;
        var events = Assert.Single(Map("events", 1_000, Event(1)).Containers).StreamId;

        Assert.Equal(device.GetKeyAsString(), events.GetKeyAsString());
        Assert.NotEqual(device, events);
    }

    [Fact]
    public void A_device_with_more_records_than_one_delivery_may_hold_has_several_events_in_order()
    {
        var mapped = Map("decoded", 4, [.. Enumerable.Range(0, 10).Select(i => Measurement("a", i)), Measurement("b", 11)]);

        var batches = mapped.Containers.Where(c => c.StreamId.GetKeyAsString() == "a")
            .Select(c => Assert.Single(c.GetEvents<DeviceBatch>()).Item1).ToList();
        Assert.Equal([4, 4, 2], batches.Select(b => b.Records.Count));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), batches.SelectMany(b => b.Records).Select(r => r.Source.Offset));
        Assert.False(mapped.IsIncomplete);
    }

    private MappedRecords Map(string topic, int maxRecords, params string[] values)
    {
        var source = new RecordSource("cluster", topic, 3, 0, 0);
        var records = values.Select((v, i) => new SourceRecord
        {
            Source = source, Offset = i, TimestampMicros = Now, Value = Encoding.UTF8.GetBytes(v),
        }).ToList();
        new PartitionProgress(source, new InFlightBudget(1024 * 1024), 1_000).Seen(records);
        var mapped = new MappedRecords(new DeliveryLimits(maxRecords, 1024 * 1024));
        mapped.Begin(records.ToArray());
        _mapper.Map(records.ToArray(), mapped);
        return mapped;
    }

    private static string Measurement(string device, int second) =>
        $$"""{"mac_address":"{{device}}","timestamp":{{1_700_000_000 + second}},"value":{{second}}}""";

    private static string Event(int second) =>
        $$"""{"event_id":"{{Guid.NewGuid()}}","event_type":"click","user_id":"u","timestamp":{{1_700_000_000 + second}}}""";
}
