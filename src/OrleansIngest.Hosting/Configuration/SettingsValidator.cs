using System.Net;

namespace OrleansIngest.Hosting.Configuration;

/// <summary>Finds every mistake that the values themselves show.</summary>
internal static class SettingsValidator
{
    public static IEnumerable<string> Validate(IngestSettings settings)
    {
        foreach (var mistake in settings.Kafka.Validate()) yield return mistake;
        foreach (var mistake in settings.Timescale.Validate()) yield return mistake;

        var (delivery, devices) = (settings.Delivery, settings.Devices);
        if (delivery.MaxInFlightBytes < 1024 * 1024) yield return $"Delivery:MaxInFlightBytes is {delivery.MaxInFlightBytes}; it must be at least 1048576 (1 MiB).";
        if (delivery.MaxWatermarkSpan < 1_000) yield return $"Delivery:MaxWatermarkSpan is {delivery.MaxWatermarkSpan}; it must be at least 1000.";
        if (delivery.DrainTimeout < TimeSpan.Zero || delivery.DrainTimeout > TimeSpan.FromMinutes(10)) yield return $"Delivery:DrainTimeout is {delivery.DrainTimeout}; it must lie between 0 and 10 minutes.";
        if (delivery.MaxClockSkew < TimeSpan.Zero) yield return $"Delivery:MaxClockSkew is {delivery.MaxClockSkew}; it cannot be negative.";
        if (delivery.MaxLateness <= TimeSpan.Zero) yield return $"Delivery:MaxLateness is {delivery.MaxLateness}; it must be positive, or left out.";
        if (devices.Lanes is < 1 or > 256) yield return $"Devices:Lanes is {devices.Lanes}; it must lie between 1 and 256.";
        if (devices.StatePersistInterval < TimeSpan.FromSeconds(1)) yield return $"Devices:StatePersistInterval is {devices.StatePersistInterval}; it must be at least 1 second.";
        if (devices.IdleTimeout < devices.StatePersistInterval) yield return $"Devices:IdleTimeout is {devices.IdleTimeout}; it must not be shorter than Devices:StatePersistInterval ({devices.StatePersistInterval}).";
        if (devices.LoadBatchSize is < 1 or > 10_000) yield return $"Devices:LoadBatchSize is {devices.LoadBatchSize}; it must lie between 1 and 10000.";

        if (!Uri.TryCreate(settings.Web.Listen, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp)
            yield return $"Web:Listen is '{settings.Web.Listen}'; give an address such as http://127.0.0.1:8080.";
        else if (!(uri.IsLoopback || (IPAddress.TryParse(uri.Host, out var ip) && IPAddress.IsLoopback(ip))))
            yield return $"Web:Listen is '{settings.Web.Listen}', which others can reach, and there is no authentication; listen on 127.0.0.1 and put a proxy before it.";
    }
}
