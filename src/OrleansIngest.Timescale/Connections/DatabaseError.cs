using Npgsql;

namespace OrleansIngest.Timescale.Connections;

/// <summary>Tells apart what a failure means: the data is at fault, or the moment is.</summary>
internal static class DatabaseError
{
    /// <summary>Whether the key of a row is in the table already.</summary>
    public static bool IsConflict(Exception error) =>
        error is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    /// <summary>Whether the same rows will be refused for ever: trying again is in vain.</summary>
    public static bool IsRefusal(Exception error) => error switch
    {
        RowEncodingException => true,
        PostgresException { SqlState: PostgresErrorCodes.RaiseException } => true,
        // cardinality violation, data exception, integrity constraint violation, program limit exceeded
        PostgresException postgres => postgres.SqlState.AsSpan(0, 2) is "21" or "22" or "23" or "54",
        _ => false,
    };

    /// <summary>PostgreSQL's error code; null where the failure is not the server's answer.</summary>
    public static string? SqlState(Exception error) => error switch
    {
        PostgresException postgres => postgres.SqlState,
        RowEncodingException encoding => encoding.SqlState,
        _ => null,
    };

    /// <summary>One sentence for the operator, with table, column and constraint where the server named them. Never a row's values.</summary>
    public static string Describe(Exception error)
    {
        if (error is not PostgresException postgres)
        {
            // Npgsql's own text ("Exception while reading from stream") says less than the cause.
            return error.InnerException is { } cause ? $"{error.Message}: {cause.Message}" : error.Message;
        }

        var text = postgres.MessageText;
        foreach (var (kind, name) in new[]
        {
            ("table", postgres.TableName), ("column", postgres.ColumnName), ("constraint", postgres.ConstraintName),
        })
        {
            if (!string.IsNullOrEmpty(name) && !text.Contains($"\"{name}\"", StringComparison.Ordinal))
            {
                text += $", {kind} \"{name}\"";
            }
        }

        return text;
    }
}

/// <summary>A value that cannot be put into PostgreSQL's binary form; the server would refuse it with <see cref="SqlState"/>.</summary>
internal sealed class RowEncodingException(string sqlState, string message) : Exception(message)
{
    public string SqlState { get; } = sqlState;
}
