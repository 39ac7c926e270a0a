namespace OrleansIngest.Grains;

/// <summary>What is known of a device at one moment.</summary>
/// <param name="DeviceId">Device or sensor id.</param>
/// <param name="Records">Records applied, each once however often it was delivered.</param>
/// <param name="Late">Those among them that were older than the newest one before.</param>
/// <param name="FirstSeen">The earliest record time, UTC; null before the first record.</param>
/// <param name="LastSeen">The latest record time, UTC; null before the first record.</param>
/// <param name="Durable">Whether everything that this shows is stored; false while rows are on their way.</param>
/// <param name="Values">The newest value of each data point.</param>
[GenerateSerializer, Immutable, Alias("OrleansIngest.DeviceView")]
public sealed record DeviceView(
    [property: Id(0)] string DeviceId,
    [property: Id(1)] long Records,
    [property: Id(2)] long Late,
    [property: Id(3)] DateTime? FirstSeen,
    [property: Id(4)] DateTime? LastSeen,
    [property: Id(5)] bool Durable,
    [property: Id(6)] IReadOnlyList<DeviceValue> Values);

/// <summary>The newest value of a data point.</summary>
/// <param name="Mode">Connector mode of a decoded record; empty for other formats.</param>
/// <param name="Component">Component type, or the path in a raw message such as <c>voltage.phase_a</c>.</param>
/// <param name="Pin">Pin position; empty for other formats than decoded.</param>
/// <param name="Value">The value; null where it was not a number.</param>
/// <param name="Time">Its record's time, UTC.</param>
[GenerateSerializer, Immutable, Alias("OrleansIngest.DeviceValue")]
public readonly record struct DeviceValue(
    [property: Id(0)] string Mode,
    [property: Id(1)] string Component,
    [property: Id(2)] string Pin,
    [property: Id(3)] double? Value,
    [property: Id(4)] DateTime Time);
