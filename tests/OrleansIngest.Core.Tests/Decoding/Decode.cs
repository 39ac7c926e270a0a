using System.Text;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;
using Xunit;

namespace OrleansIngest.Core.Tests.Decoding;

/// <summary>Decodes single records by a clock that stands at <see cref="Now"/>.</summary>
internal static class Decode
{
    public static readonly DateTimeOffset Now = new(2026, 11, 2, 12, 0, 0, TimeSpan.Zero);

    /// <summary>2026-11-02T08:00:00Z, and the Kafka timestamp of every record unless a test says otherwise.</summary>
    public const long Eight = 1_793_606_400_000_000;

    public static RecordSource Source { get; } = new("cluster", "topic", 3, 0, 0);

    public static RecordDecoders Decoders(DecoderOptions? options = null) => new(options ?? new DecoderOptions(), new FixedClock());

    public static SourceRecord Record(byte[]? value, long timestamp = Eight) =>
        new() { Source = Source, Offset = 17, TimestampMicros = timestamp, Value = value is null ? (ReadOnlyMemory<byte>?)null : value };

    public static SourceRecord Record(string json, long timestamp = Eight) => Record(Encoding.UTF8.GetBytes(json), timestamp);

    /// <summary>The row of a record that must decode.</summary>
    public static TRow Row<TRow>(RecordFormat format, string json, DecoderOptions? options = null, long timestamp = Eight)
        where TRow : Row => (TRow)Accept(Decoders(options).Create(format), Record(json, timestamp)).Row;

    public static DecodedRecord Accept(IRecordDecoder decoder, SourceRecord record)
    {
        if (!decoder.TryDecode(record, out var decoded, out var rejection))
            Assert.Fail($"{rejection.Reason.Code()}: {rejection.Error}");
        Assert.Same(record, decoded.Source);
        return decoded;
    }

    /// <summary>The reason code of a record's rejection; <c>""</c> where it decodes.</summary>
    public static string Reason(RecordFormat format, string json, DecoderOptions? options = null, long timestamp = Eight) =>
        Decoders(options).Create(format).TryDecode(Record(json, timestamp), out _, out var rejection) ? "" : rejection.Reason.Code();

    public static string Reason(RecordFormat format, byte[]? value) =>
        Decoders().Create(format).TryDecode(Record(value), out _, out var rejection) ? "" : rejection.Reason.Code();

    internal sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
