using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Grains.Serialization;

/// <summary>A <see cref="DeviceBatch"/> on its way to another silo. Within a silo it is handed over as it is.</summary>
[GenerateSerializer, Alias("OrleansIngest.DeviceBatch")]
internal struct BatchSurrogate
{
    [Id(0)] public string StreamKey;
    [Id(1)] public RecordSource Source;
    [Id(2)] public int Format;
    [Id(3)] public List<DecodedRecord> Records;
}

[RegisterConverter]
internal sealed class BatchConverter : IConverter<DeviceBatch, BatchSurrogate>
{
    public DeviceBatch ConvertFromSurrogate(in BatchSurrogate surrogate)
    {
        var batch = new DeviceBatch(surrogate.StreamKey, surrogate.Source, (RecordFormat)surrogate.Format);
        batch.Records.AddRange(surrogate.Records);
        return batch;
    }

    public BatchSurrogate ConvertToSurrogate(in DeviceBatch value) => new()
    {
        StreamKey = value.StreamKey,
        Source = value.Source,
        Format = (int)value.Format,
        Records = value.Records,
    };
}

/// <summary>A <see cref="RefusedRecord"/>.</summary>
[GenerateSerializer, Alias("OrleansIngest.RefusedRecord")]
internal struct RefusedSurrogate
{
    [Id(0)] public DecodedRecord Record;
    [Id(1)] public string SqlState;
    [Id(2)] public string Error;
}

[RegisterConverter]
internal sealed class RefusedConverter : IConverter<RefusedRecord, RefusedSurrogate>
{
    public RefusedRecord ConvertFromSurrogate(in RefusedSurrogate surrogate) => new(surrogate.Record, surrogate.SqlState, surrogate.Error);

    public RefusedSurrogate ConvertToSurrogate(in RefusedRecord value) =>
        new() { Record = value.Record, SqlState = value.SqlState, Error = value.Error };
}
