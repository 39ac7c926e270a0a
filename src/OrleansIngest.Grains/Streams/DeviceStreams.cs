namespace OrleansIngest.Grains.Streams;

/// <summary>The streams that grains are fed by.</summary>
public static class DeviceStreams
{
    /// <summary>Name of the stream provider.</summary>
    public const string Provider = "kafka";

    /// <summary>Namespace of the streams of devices. A stream's key is its device's id.</summary>
    public const string Devices = "devices";

    /// <summary>
    /// Namespace of the streams of events, which have no device. A stream's key is <c>topic/partition</c>; the namespace
    /// keeps it apart from a device that calls itself so.
    /// </summary>
    public const string Events = "events";
}
