using Orleans.Concurrency;

namespace OrleansIngest.Grains;

/// <summary>The one actor of a device or sensor. Its key is the device's id.</summary>
[Alias("OrleansIngest.IDeviceGrain")]
public interface IDeviceGrain : IGrainWithStringKey
{
    /// <summary>
    /// What is known of the device; null where nothing is. Answers at once for a device that is in memory, even while
    /// its rows cannot be stored; else it is loaded for this call alone.
    /// </summary>
    /// <exception cref="TimeoutException">It is not in memory, and the database does not answer.</exception>
    [Alias("Get"), AlwaysInterleave, ResponseTimeout("00:00:05")]
    Task<DeviceView?> GetAsync();
}
