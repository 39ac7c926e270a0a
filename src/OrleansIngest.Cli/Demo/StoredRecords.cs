using Npgsql;
using OrleansIngest.Cli.Simulation;
using OrleansIngest.Timescale;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Cli.Demo;

/// <summary>Counts a run's records in the tables by SQL. The tables' keys are unique, so a row is a distinct record.</summary>
internal static class StoredRecords
{
    /// <summary>Rows lie no earlier than the run; with that the server looks at today's chunks alone.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(5);

    /// <summary>Rows of every format's main table that belong to the run.</summary>
    public static async Task<long> CountAsync(TimescaleOptions options, RunId run, DateTimeOffset startedAt, CancellationToken cancellationToken)
    {
        await using var connections = new TimescaleConnections(options);
        await using var command = connections.Maintenance.CreateCommand(
            """
            SELECT (SELECT count(*) FROM iot_measurements WHERE timestamp >= $1 AND starts_with(device_id, $2))
                 + (SELECT count(*) FROM iot_raw_data WHERE time >= $1 AND starts_with(device_id, $3))
                 + (SELECT count(*) FROM sensor_data WHERE sensor_timestamp >= $1 AND starts_with(sensor_id, $4))
                 + (SELECT count(*) FROM events WHERE time >= $1 AND starts_with(user_id, $5))
            """);
        command.Parameters.Add(new() { Value = startedAt.UtcDateTime - Before });
        foreach (var prefix in (string[])[run.ControllerPrefix, run.BreakerPrefix, run.SensorPrefix, run.UserPrefix])
            command.Parameters.Add(new() { Value = prefix });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
