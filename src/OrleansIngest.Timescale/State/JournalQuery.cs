using Npgsql;
using OrleansIngest.Core.Devices;

namespace OrleansIngest.Timescale.State;

/// <summary>Reads the rows of <c>iot_raw_data</c> that devices' marks do not cover.</summary>
/// <remarks>
/// A mark covers the rows of its topic and partition that were created before its epoch began, and those of its epoch
/// up to its offset. Its epoch ends where the partition's next one began, on this cluster or another. Rows of a table that
/// was taken over and that do not say where they come from are left out: no record of ours can be among them.
/// </remarks>
internal static class JournalQuery
{
    // The order is total, for every row here has its topic, partition and offset: reading can go on after any row.
    private const string Sql =
        """
        WITH marks AS MATERIALIZED (
            SELECT m.device_id, m.topic, m.partition, m.began, m.kafka_offset,
                   coalesce((SELECT min(s.epoch_started_at) FROM source_partitions s
                             WHERE s.group_id = $8 AND s.topic = m.topic AND s.partition = m.partition
                               AND s.epoch_started_at > m.began), 'infinity') AS ended
            FROM unnest($3::text[], $4::text[], $5::int[], $6::timestamptz[], $7::bigint[])
                 AS m(device_id, topic, partition, began, kafka_offset))
        SELECT r.device_id, r.time, r.topic, r.kafka_partition, r.kafka_offset, r.created, r.payload::text
        FROM (SELECT i.device_id::text COLLATE "C" AS device_id, i.time, i.topic COLLATE "C" AS topic, i.kafka_partition,
                     i.kafka_offset, coalesce(i.created_at, '-infinity') AS created, i.payload
              FROM unnest($1::text[], $2::timestamptz[]) AS q(device_id, begin)
              JOIN iot_raw_data i ON i.device_id = q.device_id AND i.time >= q.begin
              WHERE i.time >= $9
                AND i.topic IS NOT NULL AND i.kafka_partition IS NOT NULL AND i.kafka_offset IS NOT NULL AND i.payload IS NOT NULL) r
        WHERE NOT EXISTS (
            SELECT FROM marks m
            WHERE m.device_id = r.device_id AND m.topic = r.topic AND m.partition = r.kafka_partition
              AND r.created < m.ended AND (r.created < m.began OR r.kafka_offset <= m.kafka_offset))
        """;

    private const string After = " AND (r.device_id, r.created, r.kafka_partition, r.kafka_offset, r.topic) > ($10, $11, $12, $13, $14)";

    private const string Order = " ORDER BY r.device_id, r.created, r.kafka_partition, r.kafka_offset, r.topic";

    public static NpgsqlCommand Command(string groupId, IReadOnlyList<JournalRequest> requests, JournalRow? last)
    {
        var devices = new List<string>();
        var marks = new List<SourceMark>();
        foreach (var request in requests)
        {
            foreach (var mark in request.Marks)
            {
                devices.Add(request.DeviceId);
                marks.Add(mark);
            }
        }

        var command = new NpgsqlCommand(last is null ? Sql + Order : Sql + After + Order);
        Add(command, requests.Select(request => request.DeviceId).ToArray());
        Add(command, requests.Select(request => Micros.ToTime(request.FromMicros)).ToArray());
        Add(command, devices);
        Add(command, marks.ConvertAll(mark => mark.Topic));
        Add(command, marks.ConvertAll(mark => mark.Partition));
        Add(command, marks.ConvertAll(mark => Micros.ToTime(mark.EpochStartedMicros)));
        Add(command, marks.ConvertAll(mark => mark.Offset));
        Add(command, groupId);
        Add(command, Micros.ToTime(requests.Min(request => request.FromMicros))); // lets the planner leave out older chunks
        if (last is { } row)
        {
            Add(command, row.DeviceId);
            Add(command, Micros.ToTime(row.CreatedAtMicros));
            Add(command, row.Partition);
            Add(command, row.Offset);
            Add(command, row.Topic);
        }

        return command;
    }

    public static JournalRow Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        Micros.Of(reader.GetDateTime(1)),
        reader.GetString(2),
        reader.GetInt32(3),
        reader.GetInt64(4),
        Micros.Of(reader.GetDateTime(5)),
        reader.GetFieldValue<byte[]>(6));

    private static void Add(NpgsqlCommand command, object value) => command.Parameters.Add(new() { Value = value });
}
