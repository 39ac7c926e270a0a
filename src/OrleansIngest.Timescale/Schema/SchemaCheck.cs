using System.Text.RegularExpressions;
using Npgsql;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Schema;

/// <summary>
/// Compares the tables with what is written to them, before anything is written. More columns, as long as they take
/// NULL or have a default, wider text columns and newer migrations are fine.
/// </summary>
public sealed partial class SchemaCheck(TimescaleConnections connections, ConflictRule onConflict)
{
    private const string ColumnsQuery =
        """
        SELECT t.name, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               a.atthasdef OR a.attidentity <> ''
        FROM unnest($1::text[]) AS t(name)
        JOIN pg_attribute a ON a.attrelid = to_regclass(t.name) AND a.attnum > 0 AND NOT a.attisdropped
        """;

    private const string KeysQuery =
        """
        SELECT t.name, (SELECT array_agg(a.attname::text) FROM pg_attribute a
                        WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
        FROM unnest($1::text[]) AS t(name)
        JOIN pg_index i ON i.indrelid = to_regclass(t.name)
        WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
        """;

    private const string PrivilegesQuery =
        """
        SELECT t.name, p.name
        FROM unnest($1::text[]) AS t(name), unnest('{SELECT,INSERT,UPDATE}'::text[]) AS p(name)
        WHERE to_regclass(t.name) IS NOT NULL AND NOT has_table_privilege(to_regclass(t.name), p.name)
          AND (p.name <> 'UPDATE' OR t.name = ANY ($2::text[]))
        """;

    /// <summary>Verifies the schema as the write role sees it.</summary>
    /// <exception cref="SchemaException">Something does not fit; the message lists all of it.</exception>
    /// <exception cref="NpgsqlException">The server cannot be reached or refuses the role.</exception>
    public async Task VerifyAsync(CancellationToken cancellationToken)
    {
        await using var connection = await connections.Queries.OpenConnectionAsync(cancellationToken);
        var problems = new List<string>();
        var columns = await ReadColumnsAsync(connection, cancellationToken);
        var keys = await ReadKeysAsync(connection, cancellationToken);
        foreach (var table in SchemaTable.All)
        {
            if (columns.TryGetValue(table.Name, out var actual))
            {
                CompareColumns(table, actual, problems);
                CompareKey(table, keys.GetValueOrDefault(table.Name, []), problems);
            }
            else
            {
                problems.Add($"{table.Name}: the table is missing");
            }
        }

        await CheckPrivilegesAsync(connection, problems, cancellationToken);
        if (problems.Count > 0)
        {
            throw new SchemaException(
                $"The schema of {connections.Endpoint} does not fit: {string.Join("; ", problems)}. Apply the migrations with the role that owns the tables (ingest migrate), or change what is named here.");
        }
    }

    private static void CompareColumns(SchemaTable table, Dictionary<string, ActualColumn> actual, List<string> problems)
    {
        foreach (var column in table.Columns)
        {
            if (!actual.TryGetValue(column.Name, out var found))
            {
                problems.Add($"{table.Name}.{column.Name}: the column is missing ({column.SqlType})");
            }
            else if (!Fits(column.SqlType, found.SqlType))
            {
                problems.Add($"{table.Name}.{column.Name}: its type is {found.SqlType}, not {column.SqlType}");
            }
            else if (column.Nullable && found.NotNull)
            {
                problems.Add($"{table.Name}.{column.Name}: it is NOT NULL, but records without this value are stored as NULL");
            }
        }

        foreach (var (name, column) in actual)
        {
            if (column is { NotNull: true, HasDefault: false } && table.Columns.All(known => known.Name != name))
            {
                problems.Add($"{table.Name}.{name}: this column is not written, but it is NOT NULL without a default");
            }
        }
    }

    private static void CompareKey(SchemaTable table, List<HashSet<string>> keys, List<string> problems)
    {
        if (!keys.Any(key => key.SetEquals(table.Key)))
        {
            problems.Add($"{table.Name}: a unique index on ({string.Join(", ", table.Key)}) is missing");
        }
    }

    // Text goes over the wire alike for all text types; a wider column takes all that a narrower one would.
    private static bool Fits(string expected, string actual)
    {
        if (expected == actual)
        {
            return true;
        }

        return TextType().Match(expected) is { Success: true } wanted && TextType().Match(actual) is { Success: true } found
            && Width(found) >= Width(wanted);

        static int Width(Match match) => match.Groups[1].Success ? int.Parse(match.Groups[1].ValueSpan) : int.MaxValue;
    }

    private async Task CheckPrivilegesAsync(NpgsqlConnection connection, List<string> problems, CancellationToken cancellationToken)
    {
        string[] updated = [.. SchemaTable.All
            .Where(table => onConflict == ConflictRule.Update || !table.HoldsRecords)
            .Select(table => table.Name)];
        await using var command = new NpgsqlCommand(PrivilegesQuery, connection)
        {
            Parameters = { new() { Value = Names() }, new() { Value = updated } },
        };
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                problems.Add($"{reader.GetString(0)}: the role \"{connections.WriteRole}\" may not {reader.GetString(1)}");
            }
        }

        await using var temporary = new NpgsqlCommand("SELECT has_database_privilege(current_database(), 'TEMP')", connection);
        if (await temporary.ExecuteScalarAsync(cancellationToken) is false)
        {
            problems.Add($"the role \"{connections.WriteRole}\" may not create temporary tables, which repeated rows go through (GRANT TEMPORARY ON DATABASE)");
        }
    }

    private static async Task<Dictionary<string, Dictionary<string, ActualColumn>>> ReadColumnsAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var tables = new Dictionary<string, Dictionary<string, ActualColumn>>();
        await using var command = new NpgsqlCommand(ColumnsQuery, connection) { Parameters = { new() { Value = Names() } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var table = reader.GetString(0);
            if (!tables.TryGetValue(table, out var columns))
            {
                tables[table] = columns = [];
            }

            columns[reader.GetString(1)] = new(reader.GetString(2), reader.GetBoolean(3), reader.GetBoolean(4));
        }

        return tables;
    }

    private static async Task<Dictionary<string, List<HashSet<string>>>> ReadKeysAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var tables = new Dictionary<string, List<HashSet<string>>>();
        await using var command = new NpgsqlCommand(KeysQuery, connection) { Parameters = { new() { Value = Names() } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var table = reader.GetString(0);
            if (!tables.TryGetValue(table, out var keys))
            {
                tables[table] = keys = [];
            }

            keys.Add([.. reader.GetFieldValue<string[]>(1)]);
        }

        return tables;
    }

    private static string[] Names() => [.. SchemaTable.All.Select(table => table.Name)];

    [GeneratedRegex(@"^(?:text|character varying(?:\((\d+)\))?)$")]
    private static partial Regex TextType();

    private sealed record ActualColumn(string SqlType, bool NotNull, bool HasDefault);
}
