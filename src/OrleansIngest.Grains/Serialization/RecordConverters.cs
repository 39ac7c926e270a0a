using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Grains.Serialization;

/// <summary>A <see cref="RecordSource"/>; one instance a batch, which its records refer to.</summary>
[GenerateSerializer, Alias("OrleansIngest.RecordSource")]
internal struct SourceSurrogate
{
    [Id(0)] public string ClusterId;
    [Id(1)] public string Topic;
    [Id(2)] public int Partition;
    [Id(3)] public int Epoch;
    [Id(4)] public long EpochStartedMicros;
}

[RegisterConverter]
internal sealed class SourceConverter : IConverter<RecordSource, SourceSurrogate>
{
    public RecordSource ConvertFromSurrogate(in SourceSurrogate surrogate) =>
        new(surrogate.ClusterId, surrogate.Topic, surrogate.Partition, surrogate.Epoch, surrogate.EpochStartedMicros);

    public SourceSurrogate ConvertToSurrogate(in RecordSource value) => new()
    {
        ClusterId = value.ClusterId,
        Topic = value.Topic,
        Partition = value.Partition,
        Epoch = value.Epoch,
        EpochStartedMicros = value.EpochStartedMicros,
    };
}

/// <summary>A <see cref="SourceRecord"/>, but for its place in the watermark of the silo that read it.</summary>
[GenerateSerializer, Alias("OrleansIngest.SourceRecord")]
internal struct RecordSurrogate
{
    [Id(0)] public RecordSource Source;
    [Id(1)] public long Offset;
    [Id(2)] public long TimestampMicros;
    [Id(3)] public ReadOnlyMemory<byte>? Key;
    [Id(4)] public ReadOnlyMemory<byte>? Value;
    [Id(5)] public RecordHeader[]? Headers;
}

[RegisterConverter]
internal sealed class RecordConverter : IConverter<SourceRecord, RecordSurrogate>
{
    public SourceRecord ConvertFromSurrogate(in RecordSurrogate surrogate) => new()
    {
        Source = surrogate.Source,
        Offset = surrogate.Offset,
        TimestampMicros = surrogate.TimestampMicros,
        Key = surrogate.Key,
        Value = surrogate.Value,
        Headers = surrogate.Headers,
    };

    public RecordSurrogate ConvertToSurrogate(in SourceRecord value) => new()
    {
        Source = value.Source,
        Offset = value.Offset,
        TimestampMicros = value.TimestampMicros,
        Key = value.Key,
        Value = value.Value,
        Headers = value.Headers is null ? null : [.. value.Headers],
    };
}

/// <summary>A <see cref="RecordHeader"/>.</summary>
[GenerateSerializer, Alias("OrleansIngest.RecordHeader")]
internal struct HeaderSurrogate
{
    [Id(0)] public string Name;
    [Id(1)] public ReadOnlyMemory<byte>? Value;
}

[RegisterConverter]
internal sealed class HeaderConverter : IConverter<RecordHeader, HeaderSurrogate>
{
    public RecordHeader ConvertFromSurrogate(in HeaderSurrogate surrogate) => new(surrogate.Name, surrogate.Value);

    public HeaderSurrogate ConvertToSurrogate(in RecordHeader value) => new() { Name = value.Name, Value = value.Value };
}

/// <summary>A <see cref="DecodedRecord"/> with the chain of its rows.</summary>
[GenerateSerializer, Alias("OrleansIngest.DecodedRecord")]
internal struct DecodedSurrogate
{
    [Id(0)] public SourceRecord Source;
    [Id(1)] public string StreamKey;
    [Id(2)] public long TimeMicros;
    [Id(3)] public Row Row;
}

[RegisterConverter]
internal sealed class DecodedConverter : IConverter<DecodedRecord, DecodedSurrogate>
{
    public DecodedRecord ConvertFromSurrogate(in DecodedSurrogate surrogate) =>
        new(surrogate.Source, surrogate.StreamKey, surrogate.TimeMicros, surrogate.Row);

    public DecodedSurrogate ConvertToSurrogate(in DecodedRecord value) => new()
    {
        Source = value.Source,
        StreamKey = value.StreamKey,
        TimeMicros = value.TimeMicros,
        Row = value.Row,
    };
}
