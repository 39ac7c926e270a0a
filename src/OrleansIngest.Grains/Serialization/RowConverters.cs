using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Grains.Serialization;

/// <summary>A <see cref="MeasurementRow"/>.</summary>
[GenerateSerializer, Alias("OrleansIngest.MeasurementRow")]
internal struct MeasurementSurrogate
{
    [Id(0)] public long TimeMicros;
    [Id(1)] public string DeviceId;
    [Id(2)] public string ConnectorMode;
    [Id(3)] public string ComponentType;
    [Id(4)] public string PinPosition;
    [Id(5)] public double Value;
    [Id(6)] public string Unit;
    [Id(7)] public string Topic;
    [Id(8)] public Row? Next;
}

[RegisterConverter]
internal sealed class MeasurementConverter : IConverter<MeasurementRow, MeasurementSurrogate>
{
    public MeasurementRow ConvertFromSurrogate(in MeasurementSurrogate surrogate) => new()
    {
        TimeMicros = surrogate.TimeMicros,
        DeviceId = surrogate.DeviceId,
        ConnectorMode = surrogate.ConnectorMode,
        ComponentType = surrogate.ComponentType,
        PinPosition = surrogate.PinPosition,
        Value = surrogate.Value,
        Unit = surrogate.Unit,
        Topic = surrogate.Topic,
        Next = surrogate.Next,
    };

    public MeasurementSurrogate ConvertToSurrogate(in MeasurementRow value) => new()
    {
        TimeMicros = value.TimeMicros,
        DeviceId = value.DeviceId,
        ConnectorMode = value.ConnectorMode,
        ComponentType = value.ComponentType,
        PinPosition = value.PinPosition,
        Value = value.Value,
        Unit = value.Unit,
        Topic = value.Topic,
        Next = value.Next,
    };
}

/// <summary>A <see cref="RawRow"/>.</summary>
[GenerateSerializer, Alias("OrleansIngest.RawRow")]
internal struct RawSurrogate
{
    [Id(0)] public long TimeMicros;
    [Id(1)] public string DeviceId;
    [Id(2)] public ReadOnlyMemory<byte> Payload;
    [Id(3)] public string? MessageId;
    [Id(4)] public SourceRecord Source;
    [Id(5)] public NamedValue[] Values;
    [Id(6)] public Row? Next;
}

[RegisterConverter]
internal sealed class RawConverter : IConverter<RawRow, RawSurrogate>
{
    public RawRow ConvertFromSurrogate(in RawSurrogate surrogate) => new()
    {
        TimeMicros = surrogate.TimeMicros,
        DeviceId = surrogate.DeviceId,
        Payload = surrogate.Payload,
        MessageId = surrogate.MessageId,
        Source = surrogate.Source,
        Values = surrogate.Values,
        Next = surrogate.Next,
    };

    public RawSurrogate ConvertToSurrogate(in RawRow value) => new()
    {
        TimeMicros = value.TimeMicros,
        DeviceId = value.DeviceId,
        Payload = value.Payload,
        MessageId = value.MessageId,
        Source = value.Source,
        Values = value.Values,
        Next = value.Next,
    };
}

/// <summary>A <see cref="NamedValue"/>.</summary>
[GenerateSerializer, Alias("OrleansIngest.NamedValue")]
internal struct NamedValueSurrogate
{
    [Id(0)] public string Path;
    [Id(1)] public double Value;
}

[RegisterConverter]
internal sealed class NamedValueConverter : IConverter<NamedValue, NamedValueSurrogate>
{
    public NamedValue ConvertFromSurrogate(in NamedValueSurrogate surrogate) => new(surrogate.Path, surrogate.Value);

    public NamedValueSurrogate ConvertToSurrogate(in NamedValue value) => new() { Path = value.Path, Value = value.Value };
}

/// <summary>A <see cref="SensorRow"/>.</summary>
[GenerateSerializer, Alias("OrleansIngest.SensorRow")]
internal struct SensorSurrogate
{
    [Id(0)] public long TimeMicros;
    [Id(1)] public string SensorId;
    [Id(2)] public string? Message;
    [Id(3)] public Row? Next;
}

[RegisterConverter]
internal sealed class SensorConverter : IConverter<SensorRow, SensorSurrogate>
{
    public SensorRow ConvertFromSurrogate(in SensorSurrogate surrogate) => new()
    {
        TimeMicros = surrogate.TimeMicros,
        SensorId = surrogate.SensorId,
        Message = surrogate.Message,
        Next = surrogate.Next,
    };

    public SensorSurrogate ConvertToSurrogate(in SensorRow value) => new()
    {
        TimeMicros = value.TimeMicros,
        SensorId = value.SensorId,
        Message = value.Message,
        Next = value.Next,
    };
}

/// <summary>An <see cref="EventRow"/>.</summary>
[GenerateSerializer, Alias("OrleansIngest.EventRow")]
internal struct EventSurrogate
{
    [Id(0)] public long TimeMicros;
    [Id(1)] public Guid EventId;
    [Id(2)] public string EventType;
    [Id(3)] public string UserId;
    [Id(4)] public ReadOnlyMemory<byte>? Properties;
    [Id(5)] public Row? Next;
}

[RegisterConverter]
internal sealed class EventConverter : IConverter<EventRow, EventSurrogate>
{
    public EventRow ConvertFromSurrogate(in EventSurrogate surrogate) => new()
    {
        TimeMicros = surrogate.TimeMicros,
        EventId = surrogate.EventId,
        EventType = surrogate.EventType,
        UserId = surrogate.UserId,
        Properties = surrogate.Properties,
        Next = surrogate.Next,
    };

    public EventSurrogate ConvertToSurrogate(in EventRow value) => new()
    {
        TimeMicros = value.TimeMicros,
        EventId = value.EventId,
        EventType = value.EventType,
        UserId = value.UserId,
        Properties = value.Properties,
        Next = value.Next,
    };
}
