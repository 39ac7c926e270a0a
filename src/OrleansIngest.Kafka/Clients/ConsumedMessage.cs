using Confluent.Kafka;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Kafka.Clients;

/// <summary>Consumed messages as the domain knows them.</summary>
internal static class ConsumedMessage
{
    /// <summary>The record; its key and value are shared with the message.</summary>
    public static SourceRecord ToRecord(ConsumeResult<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> result, RecordSource source)
    {
        var message = result.Message;
        return new SourceRecord
        {
            Source = source,
            Offset = result.Offset.Value,
            TimestampMicros = Micros(message.Timestamp),
            Key = message.Key,
            Value = message.Value,
            Headers = message.Headers is { Count: > 0 } headers ? CopyHeaders(headers, headers.Count) : null,
        };
    }

    /// <summary>The first headers of a message, in their order.</summary>
    public static RecordHeader[] CopyHeaders(Headers headers, int count)
    {
        var copy = new RecordHeader[count];
        for (var i = 0; i < count; i++)
        {
            // The cast keeps a null value null: an array that is null would become empty memory.
            var value = headers[i].GetValueBytes();
            copy[i] = new RecordHeader(headers[i].Key, value is null ? (ReadOnlyMemory<byte>?)null : value);
        }

        return copy;
    }

    private static long Micros(Timestamp timestamp)
    {
        if (timestamp.Type == TimestampType.NotAvailable) return -1;
        // Producers may claim any time; saturated, it is still out of every range.
        return Math.Clamp(timestamp.UnixTimestampMs, -1, long.MaxValue / 1000) * 1000;
    }
}
