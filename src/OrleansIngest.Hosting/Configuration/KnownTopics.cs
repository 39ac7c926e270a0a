using OrleansIngest.Core.Records;
using OrleansIngest.Kafka;

namespace OrleansIngest.Hosting.Configuration;

/// <summary>The usual topics and their formats.</summary>
public static class KnownTopics
{
    /// <summary>What is read where the configuration names no topics.</summary>
    public static IReadOnlyList<(string Name, RecordFormat Format)> All { get; } =
    [
        ("decoded_iot_data", RecordFormat.Decoded),
        ("iot.raw", RecordFormat.Raw),
        ("smartlab-sensor-data", RecordFormat.Sensor),
        ("analytics_events", RecordFormat.Event),
    ];

    /// <summary>
    /// Reads a list such as <c>iot.raw,plant.measurements:decoded</c>. A topic without format has that of its name if it
    /// is a usual one, else <paramref name="otherwise"/>.
    /// </summary>
    public static IEnumerable<TopicBinding> Parse(string list, RecordFormat? otherwise, List<string> mistakes, string where)
    {
        foreach (var item in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var colon = item.IndexOf(':');
            var name = colon < 0 ? item : item[..colon];
            RecordFormat? format = otherwise;
            if (colon >= 0)
            {
                if (Enum.TryParse<RecordFormat>(item[(colon + 1)..], ignoreCase: true, out var named)) format = named;
                else mistakes.Add($"{where}: '{item[(colon + 1)..]}' is no format; use {string.Join(", ", Enum.GetNames<RecordFormat>()).ToLowerInvariant()}.");
            }
            else
            {
                foreach (var (known, knownFormat) in All)
                {
                    if (known == name) format = knownFormat;
                }
            }

            yield return new TopicBinding { Name = name, Format = format };
        }
    }
}
