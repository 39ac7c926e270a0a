using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Orleans.Runtime;
using OrleansIngest.Core.Records;
using OrleansIngest.Streaming.Kafka.Mapping;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>What test streams carry: a number, and where it stood.</summary>
[GenerateSerializer, Immutable]
public sealed record Numbered([property: Id(0)] long Number, [property: Id(1)] int Partition, [property: Id(2)] long Offset);

/// <summary>
/// The records of test streams: the key is <c>namespace/key</c> of the stream, the value a number. A value of <c>bad</c> is
/// rejected, one of <c>bug</c> makes the mapper throw, one of <c>forget</c> is forgotten.
/// </summary>
public sealed class NumberedMapper : IKafkaRecordMapper
{
    /// <inheritdoc />
    public void Map(ReadOnlySpan<SourceRecord> records, MappedRecords mapped)
    {
        foreach (var record in records)
        {
            var text = Encoding.UTF8.GetString(record.Value!.Value.Span);
            switch (text)
            {
                case "bad":
                    mapped.Reject(new Rejection(record, RejectReason.NotJson, "not a number"));
                    break;
                case "bug":
                    throw new FormatException("the mapper has a bug");
                case "forget":
                    break;
                default:
                    mapped.Add(StreamOf(record), record, new Numbered(long.Parse(text, CultureInfo.InvariantCulture), record.Source.Partition, record.Offset));
                    break;
            }
        }
    }

    /// <summary>A record for a stream.</summary>
    public static Message<byte[]?, byte[]?> Message(string ns, string key, object value) => new()
    {
        Key = Encoding.UTF8.GetBytes($"{ns}/{key}"),
        Value = Encoding.UTF8.GetBytes(Convert.ToString(value, CultureInfo.InvariantCulture)!),
    };

    private static StreamId StreamOf(SourceRecord record)
    {
        var (ns, key) = Split(Encoding.UTF8.GetString(record.Key!.Value.Span));
        return StreamId.Create(ns, key);
    }

    private static (string Namespace, string Key) Split(string text) => text.IndexOf('/') is var at and > 0 ? (text[..at], text[(at + 1)..]) : ("device", text);
}
