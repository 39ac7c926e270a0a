using Npgsql;
using OrleansIngest.Core.Devices;

namespace OrleansIngest.Timescale.State;

/// <summary>Reads the newest row of each data point of some devices from <c>iot_measurements</c>.</summary>
internal static class LatestQuery
{
    private const string Select =
        """
        SELECT DISTINCT ON (r.device_id, r.connector_mode, r.component_type, r.pin_position)
               r.device_id, r.connector_mode, r.component_type, r.pin_position, r.timestamp, r.value
        FROM (SELECT i.device_id::text COLLATE "C" AS device_id, i.connector_mode::text COLLATE "C" AS connector_mode,
                     i.component_type::text COLLATE "C" AS component_type, i.pin_position::text COLLATE "C" AS pin_position,
                     i.timestamp, i.value
              FROM unnest($1::text[], $2::timestamptz[]) AS q(device_id, begin)
              JOIN iot_measurements i ON i.device_id = q.device_id AND i.timestamp >= q.begin
              WHERE i.timestamp >= $3) r
        """;

    private const string After =
        " WHERE (r.device_id, r.connector_mode, r.component_type, r.pin_position) > ($4, $5, $6, $7)";

    private const string Order =
        " ORDER BY r.device_id, r.connector_mode, r.component_type, r.pin_position, r.timestamp DESC";

    public static NpgsqlCommand Command(IReadOnlyList<JournalRequest> requests, LatestMeasurement? last)
    {
        var command = new NpgsqlCommand(last is null ? Select + Order : Select + After + Order)
        {
            Parameters =
            {
                new() { Value = requests.Select(request => request.DeviceId).ToArray() },
                new() { Value = requests.Select(request => Micros.ToTime(request.FromMicros)).ToArray() },
                // Lets the planner leave out older chunks.
                new() { Value = Micros.ToTime(requests.Min(request => request.FromMicros)) },
            },
        };
        if (last is { } row)
        {
            foreach (var part in (string[])[row.DeviceId, row.ConnectorMode, row.ComponentType, row.PinPosition])
            {
                command.Parameters.Add(new() { Value = part });
            }
        }

        return command;
    }

    public static LatestMeasurement Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        reader.GetString(2),
        reader.GetString(3),
        Micros.Of(reader.GetDateTime(4)),
        reader.IsDBNull(5) ? double.NaN : reader.GetDouble(5));
}
