using Orleans.Runtime;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Kafka;
using OrleansIngest.Streaming.Kafka.Mapping;

namespace OrleansIngest.Grains.Streams;

/// <summary>
/// Decodes records on the thread that reads them and sorts them by device: one event, a <see cref="DeviceBatch"/>, for
/// each device and poll, or more where they are too many for one delivery. Grains never see JSON.
/// </summary>
public sealed class DeviceRecordMapper : IKafkaRecordMapper
{
    private readonly Dictionary<string, RecordGrouper> _groupers = [];
    private readonly List<DeviceBatch> _batches = [];
    private readonly List<Rejection> _rejections = [];

    /// <param name="topics">Every topic that is read, with its format.</param>
    /// <param name="decoders">Makes a decoder for each topic.</param>
    public DeviceRecordMapper(IEnumerable<TopicBinding> topics, RecordDecoders decoders)
    {
        foreach (var topic in topics)
        {
            _groupers[topic.Name] = new RecordGrouper(topic.Format!.Value, decoders.Create(topic.Format.Value));
        }
    }

    /// <inheritdoc />
    public void Map(ReadOnlySpan<SourceRecord> records, MappedRecords mapped)
    {
        _batches.Clear();
        _rejections.Clear();
        _groupers[records[0].Source.Topic].Group(records, _batches, _rejections);
        foreach (var rejection in _rejections) mapped.Reject(rejection);
        foreach (var batch in _batches) Add(batch, mapped);
    }

    private static void Add(DeviceBatch batch, MappedRecords mapped)
    {
        var stream = StreamId.Create(batch.Format == RecordFormat.Event ? DeviceStreams.Events : DeviceStreams.Devices, batch.StreamKey);
        for (DeviceBatch? next = batch; next is not null;) next = AddWhatFits(stream, next, mapped);
    }

    // Gives what does not fit into one delivery, as a batch of its own.
    private static DeviceBatch? AddWhatFits(StreamId stream, DeviceBatch batch, MappedRecords mapped)
    {
        var records = batch.Records;
        var container = mapped.Add(stream, records[0].Source, batch);
        for (var i = 1; i < records.Count; i++)
        {
            if (mapped.TryExtend(container, records[i].Source)) continue;
            var rest = new DeviceBatch(batch.StreamKey, batch.Source, batch.Format);
            rest.Records.AddRange(records[i..]);
            records.RemoveRange(i, records.Count - i);
            return rest;
        }

        return null;
    }
}
