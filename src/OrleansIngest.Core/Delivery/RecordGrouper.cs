using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Delivery;

/// <summary>Decodes the records of a topic and groups them by device. Not safe for concurrent use.</summary>
/// <param name="format">The format of the topic.</param>
/// <param name="decoder">May be shared by groupers that are used by one thread.</param>
public sealed class RecordGrouper(RecordFormat format, IRecordDecoder decoder)
{
    private readonly Dictionary<string, DeviceBatch> _byKey = [];

    /// <summary>Adds a batch for each device among the records of one poll, and a rejection for each record that cannot be decoded.</summary>
    /// <param name="records">Of one partition, in offset order, which each batch keeps.</param>
    /// <param name="batches">Batches are added here, in the order of their first records.</param>
    /// <param name="rejections">Rejections are added here.</param>
    public void Group(ReadOnlySpan<SourceRecord> records, List<DeviceBatch> batches, List<Rejection> rejections)
    {
        foreach (var record in records)
        {
            if (!decoder.TryDecode(record, out var decoded, out var rejection))
            {
                rejections.Add(rejection);
                continue;
            }

            if (!_byKey.TryGetValue(decoded.StreamKey, out var batch))
            {
                _byKey[decoded.StreamKey] = batch = new DeviceBatch(decoded.StreamKey, record.Source, format);
                batches.Add(batch);
            }

            batch.Records.Add(decoded);
        }

        _byKey.Clear();
    }
}
