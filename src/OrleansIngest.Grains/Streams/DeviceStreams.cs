namespace OrleansIngest.Grains.Streams;

/// <summary>The streams that devices are fed by.</summary>
public static class DeviceStreams
{
    /// <summary>Name of the stream provider.</summary>
    public const string Provider = "kafka";

    /// <summary>Namespace of the streams. A stream's key is its device's id; for events, which have no device, <c>topic/partition</c>.</summary>
    public const string Namespace = "devices";
}
