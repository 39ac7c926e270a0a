using System.Globalization;
using Npgsql;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Expectations;

/// <summary>The rows of a database that a test has for itself, in the text form of <see cref="ExpectedRow"/>.</summary>
public sealed class StoredRows(NpgsqlDataSource database)
{
    private const string Micros = "(extract(epoch FROM {0}) * 1000000)::bigint";

    private static readonly (RecordFormat Format, string Table, string Query)[] Tables =
    [
        (RecordFormat.Decoded, "iot_measurements",
            $"SELECT {string.Format(CultureInfo.InvariantCulture, Micros, "timestamp")}, device_id, connector_mode, component_type, pin_position, value, unit, topic FROM iot_measurements"),
        (RecordFormat.Raw, "iot_raw_data",
            $"SELECT {string.Format(CultureInfo.InvariantCulture, Micros, "time")}, device_id, topic, kafka_partition, kafka_offset, message_id, payload::text FROM iot_raw_data"),
        (RecordFormat.Sensor, "sensor_data",
            $"SELECT {string.Format(CultureInfo.InvariantCulture, Micros, "sensor_timestamp")}, sensor_id, message FROM sensor_data"),
        (RecordFormat.Event, "events",
            $"SELECT {string.Format(CultureInfo.InvariantCulture, Micros, "time")}, event_id, event_type, user_id, properties::text FROM events"),
    ];

    /// <summary>Rows in all tables now.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"SELECT {string.Join(" + ", Tables.Select(t => $"(SELECT count(*) FROM {t.Table})"))}");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Fails unless the tables hold the row of every valid record once, with all its columns, and nothing else.</summary>
    public async Task AssertAreThoseOfAsync(Load load, CancellationToken cancellationToken)
    {
        foreach (var (format, table, query) in Tables)
        {
            var expected = new Dictionary<string, string>();
            foreach (var record in load.Records)
            {
                if (record.Format != format || record.Row is not { } row) continue;
                Assert.True(record.IsSent, "Rows are compared once every record is acknowledged.");
                expected[record.RowKey] = row.Columns;
            }

            Differences.AssertNone($"Rows of {table}", expected, await ReadAsync(format, table, query, cancellationToken));
        }
    }

    /// <summary>The keys of all rows, as <see cref="LoadRecord.RowKey"/> gives them.</summary>
    public async Task<HashSet<string>> ReadKeysAsync(CancellationToken cancellationToken)
    {
        var keys = new HashSet<string>();
        foreach (var (format, table, query) in Tables) keys.UnionWith((await ReadAsync(format, table, query, cancellationToken)).Keys);
        return keys;
    }

    private async Task<Dictionary<string, string>> ReadAsync(
        RecordFormat format, string table, string query, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<string, string>();
        await using var command = database.CreateCommand(query);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (key, columns) = format switch
            {
                RecordFormat.Decoded => (
                    $"{reader.GetInt64(0)}|{reader.GetString(1)}|{reader.GetString(2)}|{reader.GetString(3)}|{reader.GetString(4)}",
                    $"{ValidRecords.Text(reader.IsDBNull(5) ? null : reader.GetDouble(5))}|{reader.GetString(6)}|{reader.GetString(7)}"),
                RecordFormat.Raw => (
                    $"{reader.GetInt64(0)}|{reader.GetString(2)}|{reader.GetInt32(3)}|{reader.GetInt64(4)}",
                    $"{reader.GetString(1)}|{Text(reader, 5)}|{CanonicalJson.Of(reader.GetString(6))}"),
                RecordFormat.Sensor => ($"{reader.GetInt64(0)}|{reader.GetString(1)}", Text(reader, 2)),
                _ => (
                    $"{reader.GetInt64(0)}|{reader.GetGuid(1)}",
                    $"{reader.GetString(2)}|{reader.GetString(3)}|{CanonicalJson.Of(reader.GetString(4))}"),
            };
            Assert.True(rows.TryAdd(key, columns), $"{table} holds the row {key} twice.");
        }

        return rows;
    }

    private static string Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? "" : reader.GetString(column);
}
