using Orleans.Concurrency;

namespace OrleansIngest.Grains.Devices;

/// <summary>What a silo asks of its own device grains.</summary>
[Alias("OrleansIngest.IDeviceUpkeep")]
internal interface IDeviceUpkeep : IGrainWithStringKey
{
    /// <summary>Keeps the twin, where it has changed and everything that it has applied is stored.</summary>
    [Alias("Keep"), AlwaysInterleave]
    Task KeepAsync();
}
