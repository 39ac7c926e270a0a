namespace OrleansIngest.Core.Rows;

/// <summary>A column of a table: all that INSERT, COPY, the staging table and the schema check need to know.</summary>
/// <param name="Name">Column name, unquoted.</param>
/// <param name="SqlType">Type as PostgreSQL's <c>format_type</c> prints it, such as <c>character varying(50)</c>.</param>
/// <param name="Nullable">Whether NULL may be written.</param>
public abstract record Column(string Name, string SqlType, bool Nullable);

/// <summary>A column with the way to take its value from a row.</summary>
public sealed record Column<TRow>(string Name, string SqlType, bool Nullable, Action<TRow, IColumnWriter> Write)
    : Column(Name, SqlType, Nullable)
    where TRow : Row;
