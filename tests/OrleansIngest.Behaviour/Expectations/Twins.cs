using System.Text.Json;
using Npgsql;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Expectations;

/// <summary>Compares the twins that a host has kept in <c>device_state</c> with what their devices have sent.</summary>
public static class Twins
{
    /// <summary>
    /// Fails unless every device's twin has its latest values, its number of records and the times of its earliest and
    /// latest. After a crash the number and the earliest time of decoded devices are not known exactly:
    /// <paramref name="decodedCountersExact"/> false.
    /// </summary>
    public static async Task AssertAreThoseOfAsync(
        Load load, NpgsqlDataSource database, bool decodedCountersExact, CancellationToken cancellationToken)
    {
        var expected = new Dictionary<string, string>();
        var formats = new Dictionary<string, RecordFormat>();
        foreach (var device in load.Records.Where(r => r.Device is not null && r.Row is not null).GroupBy(r => r.Device!))
        {
            formats[device.Key] = device.First().Format;
            var latest = new Dictionary<string, (double? Value, long Time)>();
            foreach (var record in device)
            {
                foreach (var value in record.Values)
                {
                    if (!latest.TryGetValue(value.Point, out var known) || record.Row!.TimeMicros >= known.Time)
                        latest[value.Point] = (value.Value, record.Row!.TimeMicros);
                }
            }

            expected[device.Key] = Describe(
                IsCounted(device.First().Format, decodedCountersExact) ? device.Count() : null,
                device.Min(r => r.Row!.TimeMicros),
                device.Max(r => r.Row!.TimeMicros), latest);
        }

        var actual = new Dictionary<string, string>();
        await using var command = database.CreateCommand("SELECT device_id, state::text FROM device_state");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var device = reader.GetString(0);
            var counted = !formats.TryGetValue(device, out var format) || IsCounted(format, decodedCountersExact);
            actual[device] = Describe(reader.GetString(1), counted);
        }

        Differences.AssertNone("Twins", expected, actual);
    }

    private static bool IsCounted(RecordFormat format, bool decodedCountersExact) => format == RecordFormat.Raw || decodedCountersExact;

    private static string Describe(string state, bool counted)
    {
        using var json = JsonDocument.Parse(state);
        var root = json.RootElement;
        var latest = root.GetProperty("latest").EnumerateArray().ToDictionary(
            l => $"{l.GetProperty("mode").GetString()}|{l.GetProperty("component").GetString()}|{l.GetProperty("pin").GetString()}",
            l => (l.GetProperty("value").ValueKind == JsonValueKind.Null ? (double?)null : l.GetProperty("value").GetDouble(), l.GetProperty("time_micros").GetInt64()));
        return Describe(
            counted ? root.GetProperty("records").GetInt64() : null,
            root.GetProperty("first_seen_micros").GetInt64(),
            root.GetProperty("last_seen_micros").GetInt64(), latest);
    }

    private static string Describe(long? records, long first, long last, Dictionary<string, (double? Value, long Time)> latest) =>
        (records is null ? "" : $"{records} records from {first} ") + $"to {last}; "
        + string.Join(", ", latest.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={ValidRecords.Text(l.Value.Value)}@{l.Value.Time}"));
}
