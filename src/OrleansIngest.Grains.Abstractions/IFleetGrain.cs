using Orleans.Concurrency;

namespace OrleansIngest.Grains;

/// <summary>The fleet as a whole. There is one: key <see cref="Key"/>.</summary>
[Alias("OrleansIngest.IFleetGrain")]
public interface IFleetGrain : IGrainWithIntegerKey
{
    /// <summary>The key of the only one.</summary>
    const long Key = 0;

    /// <summary>The fleet as the silos last reported it, a second ago at the most. No device is asked.</summary>
    [Alias("Get"), ReadOnly]
    Task<FleetView> GetAsync();
}
