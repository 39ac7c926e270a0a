using System.Globalization;
using System.Text;

namespace OrleansIngest.Bench.Load;

/// <summary>
/// The records of the format <c>decoded</c> that a fleet sends, 5,000 a second: device after device its four data points.
/// A quarter of the devices each writes its times in one of four notations. The same number gives the same record.
/// </summary>
/// <param name="devices">Size of the fleet.</param>
internal sealed class Fleet(int devices)
{
    private const int MicrosBetween = 200;

    private static readonly (string Mode, string Label, string Unit)[] Points =
    [
        ("sensor-mode", "temp", "celsius"), ("alarm-mode", "motion", "presence"),
        ("switch-mode", "strike", "state"), ("sensor-mode", "door", "state"),
    ];

    // A day that is over, so that all rows lie in one chunk.
    private readonly DateTimeOffset _start = new(DateTime.UtcNow.Date.AddDays(-1), TimeSpan.Zero);

    /// <summary>A record's key, the device id, and its JSON. No two records have the same time.</summary>
    public (string DeviceId, byte[] Json) Render(int number)
    {
        var time = _start.AddMicroseconds((long)number * MicrosBetween);
        var device = number / Points.Length % devices;
        var (mode, label, unit) = Points[number % Points.Length];
        var id = $"f2-{device * 2_654_435_761L % 0xFFFFFFFFFFFF:x12}";
        var pin = (device % 8) + 1;
        var timestamp = (device % 4) switch
        {
            0 => $"\"{time:yyyy-MM-ddTHH:mm:ss.ffffffZ}\"",
            1 => $"{time.ToUnixTimeMilliseconds()}.{time.Microsecond:D3}",
            2 => $"{(time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond}",
            _ => $"\"{time:yyyy-MM-dd HH:mm:ss.ffffff}\"",
        };
        var value = (number * 7_919L % 1_000 / 10m).ToString(CultureInfo.InvariantCulture);
        return (id, Encoding.UTF8.GetBytes(
            $$"""
            {"timestamp":{{timestamp}},"mac_address":"{{id}}","mode":"{{mode}}","data_point_label":"{{label}}","pin":"{{pin}}","value":{{value}},"unit":"{{unit}}","original_topic":"cmnd/{{id}}/{{mode}}/J{{pin}}"}
            """));
    }
}
