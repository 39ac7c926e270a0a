using System.Diagnostics.CodeAnalysis;
using Orleans.Runtime;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Streaming.Kafka.Mapping;

/// <summary>A mapper where each record is one event of one stream.</summary>
public abstract class KafkaRecordMapper : IKafkaRecordMapper
{
    /// <inheritdoc />
    public void Map(ReadOnlySpan<SourceRecord> records, MappedRecords mapped)
    {
        foreach (var record in records)
        {
            if (TryMap(record, out var stream, out var value, out var rejection)) mapped.Add(stream, record, value);
            else mapped.Reject(rejection);
        }
    }

    /// <summary>Gives the record's stream and event, or says why it is to be rejected.</summary>
    protected abstract bool TryMap(
        SourceRecord record, out StreamId stream, [NotNullWhen(true)] out object? value, out Rejection rejection);
}
