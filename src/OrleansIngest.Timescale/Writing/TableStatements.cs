using OrleansIngest.Core.Rows;

namespace OrleansIngest.Timescale.Writing;

/// <summary>The statements that write a table, all of them derived from its declaration.</summary>
internal sealed class TableStatements
{
    private const string Ordinal = "batch_ordinal";

    private TableStatements(Table table, ConflictRule onConflict)
    {
        Table = table;
        var name = Quote(table.Name);
        var stage = $"pg_temp.{Quote($"stage_{table.Name}")}";
        var columns = Join(table.Columns.Select(column => column.Name));
        var key = Join(table.Key);
        var replaced = table.Columns.Select(column => column.Name).Except(table.Key).Select(Quote).ToList();

        Copy = $"COPY {name} ({columns}) FROM STDIN BINARY";
        CopyToStage = $"COPY {stage} ({Ordinal}, {columns}) FROM STDIN BINARY";
        CreateStage =
            $"""
            CREATE TEMPORARY TABLE IF NOT EXISTS {Quote($"stage_{table.Name}")} (
                {Ordinal} integer NOT NULL,
                {string.Join(", ", table.Columns.Select(column => $"{Quote(column.Name)} {column.SqlType}"))}
            ) ON COMMIT DELETE ROWS
            """;
        // In the order of the key, so that writers that meet on the same keys wait for each other and never in a circle.
        Merge = onConflict == ConflictRule.Update && replaced.Count > 0
            ? $"""
               INSERT INTO {name} ({columns})
               SELECT DISTINCT ON ({key}) {columns} FROM {stage} ORDER BY {key}, {Ordinal} DESC
               ON CONFLICT ({key}) DO UPDATE SET {string.Join(", ", replaced.Select(column => $"{column} = EXCLUDED.{column}"))}
               """
            : $"""
               INSERT INTO {name} ({columns})
               SELECT {columns} FROM {stage} ORDER BY {key}, {Ordinal}
               ON CONFLICT ({key}) DO NOTHING
               """;
    }

    public Table Table { get; }

    /// <summary>Optimistic: straight into the table; fails as a whole where one key is there already.</summary>
    public string Copy { get; }

    /// <summary>Creates the session's own staging table; outside of a transaction that may be rolled back.</summary>
    public string CreateStage { get; }

    /// <summary>Into the staging table, each row preceded by its ordinal in the batch.</summary>
    public string CopyToStage { get; }

    /// <summary>From the staging table into the table; repeats are left out or replace.</summary>
    public string Merge { get; }

    /// <summary>The statements of every table, by <see cref="Table.Index"/>.</summary>
    public static TableStatements[] For(ConflictRule onConflict) => [.. Tables.All.Select(table => new TableStatements(table, onConflict))];

    private static string Join(IEnumerable<string> names) => string.Join(", ", names.Select(Quote));

    private static string Quote(string name) => $"\"{name}\"";
}
