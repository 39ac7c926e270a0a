namespace OrleansIngest.Grains.Fleet;

/// <summary>What one silo reports of the devices in its memory.</summary>
/// <param name="Share">Its counts.</param>
/// <param name="ByFormat">Its devices by format.</param>
/// <param name="TopTalkers">Those with the highest rates.</param>
/// <param name="SilentDevices">How many are silent.</param>
/// <param name="Silent">The longest silent of them.</param>
[GenerateSerializer, Immutable, Alias("OrleansIngest.FleetPart")]
internal sealed record FleetPart(
    [property: Id(0)] SiloShare Share,
    [property: Id(1)] IReadOnlyDictionary<string, long> ByFormat,
    [property: Id(2)] IReadOnlyList<TalkingDevice> TopTalkers,
    [property: Id(3)] long SilentDevices,
    [property: Id(4)] IReadOnlyList<SilentDevice> Silent);

/// <summary>Where silos report. The same grain as <see cref="IFleetGrain"/>.</summary>
[Alias("OrleansIngest.IFleetIntake")]
internal interface IFleetIntake : IGrainWithIntegerKey
{
    /// <summary>Takes what a silo reports, in the place of what it reported before.</summary>
    [Alias("Report")]
    Task ReportAsync([Immutable] FleetPart part);
}
