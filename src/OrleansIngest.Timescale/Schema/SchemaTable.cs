using OrleansIngest.Core.Rows;

namespace OrleansIngest.Timescale.Schema;

/// <summary>What a table must have. For the tables that records go to, it follows from Core's declaration.</summary>
internal sealed record SchemaTable(string Name, IReadOnlyList<SchemaColumn> Columns, IReadOnlyList<string> Key)
{
    /// <summary>Whether records go there, rather than what this program knows of devices and sources.</summary>
    public bool HoldsRecords => Tables.All.Any(table => table.Name == Name);

    public static IReadOnlyList<SchemaTable> All { get; } =
    [
        .. Tables.All.Select(Written),
        new(
            "device_state",
            [
                new("device_id", "text", false), new("state", "jsonb", false),
                new("last_seen", "timestamp with time zone", true), new("updated_at", "timestamp with time zone", false),
            ],
            ["device_id"]),
        new(
            "source_partitions",
            [
                new("group_id", "text", false), new("cluster_id", "text", false), new("topic", "text", false),
                new("partition", "integer", false), new("epoch", "integer", false),
                new("epoch_started_at", "timestamp with time zone", false), new("high_water", "bigint", true),
                new("updated_at", "timestamp with time zone", false),
            ],
            ["group_id", "cluster_id", "topic", "partition"]),
    ];

    private static SchemaTable Written(Table table)
    {
        var columns = table.Columns.Select(column => new SchemaColumn(column.Name, column.SqlType, column.Nullable)).ToList();
        if (table == Tables.Raw)
        {
            // Filled by its default and read back with the journal.
            columns.Add(new("created_at", "timestamp with time zone", false));
        }

        return new(table.Name, columns, table.Key);
    }
}

/// <param name="Name">Column name.</param>
/// <param name="SqlType">As <c>format_type</c> prints it.</param>
/// <param name="Nullable">Whether NULL is written to it.</param>
internal sealed record SchemaColumn(string Name, string SqlType, bool Nullable);
