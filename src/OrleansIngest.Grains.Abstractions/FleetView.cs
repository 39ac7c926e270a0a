namespace OrleansIngest.Grains;

/// <summary>The devices that are in memory, over all silos.</summary>
/// <param name="Devices">How many.</param>
/// <param name="Records">Records that they have taken since they came into memory.</param>
/// <param name="RecordsPerSecond">Their rate, over the last seconds.</param>
/// <param name="ByFormat">Devices by the format of their records, such as <c>raw</c>.</param>
/// <param name="TopTalkers">Those with the highest rates, highest first.</param>
/// <param name="SilentDevices">How many have sent nothing for several times their usual interval.</param>
/// <param name="Silent">The longest silent of them, longest first.</param>
/// <param name="Silos">What each silo contributes; one that has stopped reporting is left out.</param>
[GenerateSerializer, Immutable, Alias("OrleansIngest.FleetView")]
public sealed record FleetView(
    [property: Id(0)] long Devices,
    [property: Id(1)] long Records,
    [property: Id(2)] double RecordsPerSecond,
    [property: Id(3)] IReadOnlyDictionary<string, long> ByFormat,
    [property: Id(4)] IReadOnlyList<TalkingDevice> TopTalkers,
    [property: Id(5)] long SilentDevices,
    [property: Id(6)] IReadOnlyList<SilentDevice> Silent,
    [property: Id(7)] IReadOnlyList<SiloShare> Silos);

/// <summary>A device and its rate.</summary>
/// <param name="DeviceId">Device or sensor id.</param>
/// <param name="RecordsPerSecond">Records a second, over the last seconds.</param>
[GenerateSerializer, Immutable, Alias("OrleansIngest.TalkingDevice")]
public readonly record struct TalkingDevice(
    [property: Id(0)] string DeviceId,
    [property: Id(1)] double RecordsPerSecond);

/// <summary>A device that has sent nothing for several times its usual interval.</summary>
/// <param name="DeviceId">Device or sensor id.</param>
/// <param name="SilentFor">Since its last record arrived.</param>
/// <param name="UsualInterval">Between its records, as a moving average.</param>
[GenerateSerializer, Immutable, Alias("OrleansIngest.SilentDevice")]
public readonly record struct SilentDevice(
    [property: Id(0)] string DeviceId,
    [property: Id(1)] TimeSpan SilentFor,
    [property: Id(2)] TimeSpan UsualInterval);

/// <summary>What one silo contributes to the fleet.</summary>
/// <param name="Silo">The silo's name.</param>
/// <param name="Devices">Devices in its memory.</param>
/// <param name="Records">Records that they have taken since they came into memory.</param>
/// <param name="RecordsPerSecond">Their rate, over the last seconds.</param>
[GenerateSerializer, Immutable, Alias("OrleansIngest.SiloShare")]
public readonly record struct SiloShare(
    [property: Id(0)] string Silo,
    [property: Id(1)] long Devices,
    [property: Id(2)] long Records,
    [property: Id(3)] double RecordsPerSecond);
