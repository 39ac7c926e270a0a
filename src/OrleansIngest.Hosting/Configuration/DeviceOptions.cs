namespace OrleansIngest.Hosting.Configuration;

/// <summary>Settings of the section <c>Devices</c>.</summary>
public sealed class DeviceOptions
{
    /// <summary>Section name in the configuration.</summary>
    public const string Section = "Devices";

    /// <summary>Single-threaded lanes of the standalone host that devices hash to.</summary>
    public int Lanes { get; set; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>How often changed twins are kept in <c>device_state</c>.</summary>
    public TimeSpan StatePersistInterval { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>A twin that took no record for this long leaves memory once it is kept; its next record brings it back.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Devices whose twins are loaded by one query, at the most.</summary>
    public int LoadBatchSize { get; set; } = 1_000;
}
