namespace OrleansIngest.Hosting.Configuration;

/// <summary>Settings of the section <c>Delivery</c>: how much may be in flight, and how long things may take.</summary>
public sealed class DeliveryOptions
{
    /// <summary>Section name in the configuration.</summary>
    public const string Section = "Delivery";

    /// <summary>Memory for records that are read and not yet durable, over all partitions, in bytes; reading pauses beyond.</summary>
    public long MaxInFlightBytes { get; set; } = 96L * 1024 * 1024;

    /// <summary>Records that one partition may be read beyond its watermark.</summary>
    public int MaxWatermarkSpan { get; set; } = 1_000_000;

    /// <summary>How long shutdown waits for what is in flight. The process ends two seconds after that at the latest.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>A record whose time is further ahead of the clock is dead-lettered.</summary>
    public TimeSpan MaxClockSkew { get; set; } = TimeSpan.FromHours(24);

    /// <summary>An older record is dead-lettered as expired. Null: as old as its table keeps rows.</summary>
    public TimeSpan? MaxLateness { get; set; }
}
