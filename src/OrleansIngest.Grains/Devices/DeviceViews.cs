using OrleansIngest.Core.Devices;

namespace OrleansIngest.Grains.Devices;

/// <summary>Makes what clients see of a twin.</summary>
internal static class DeviceViews
{
    public static DeviceView Of(DeviceTwin twin, bool durable)
    {
        var values = new DeviceValue[twin.Latest.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var latest = twin.Latest[i];
            values[i] = new DeviceValue(
                latest.Point.ConnectorMode, latest.Point.ComponentType, latest.Point.PinPosition,
                double.IsFinite(latest.Value) ? latest.Value : null, Time(latest.TimeMicros)!.Value);
        }

        return new DeviceView(
            twin.DeviceId, twin.Records, twin.Late, Time(twin.FirstSeenMicros), Time(twin.LastSeenMicros), durable, values);
    }

    private static DateTime? Time(long? micros) => micros is { } m ? DateTime.UnixEpoch.AddTicks(m * TimeSpan.TicksPerMicrosecond) : null;
}
