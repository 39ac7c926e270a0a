namespace OrleansIngest.Core.Rows;

/// <summary>A hypertable that rows are written to. Its columns are declared here and nowhere else.</summary>
public abstract class Table
{
    private protected Table(string name, string timeColumn, IReadOnlyList<string> key, TimeSpan? keepFor, int index)
    {
        Name = name;
        TimeColumn = timeColumn;
        Key = key;
        KeepFor = keepFor;
        Index = index;
    }

    /// <summary>Table name, unquoted.</summary>
    public string Name { get; }

    /// <summary>The column that the hypertable is partitioned by.</summary>
    public string TimeColumn { get; }

    /// <summary>The columns of the unique key that makes writing idempotent.</summary>
    public IReadOnlyList<string> Key { get; }

    /// <summary>How long rows are kept by default; null for ever. Older records go to dead letters as <c>expired</c>.</summary>
    public TimeSpan? KeepFor { get; }

    /// <summary>Position in <see cref="Tables.All"/>.</summary>
    public int Index { get; }

    /// <summary>The columns that are written, in the order of writing. Columns with a default of the database are not among them.</summary>
    public abstract IReadOnlyList<Column> Columns { get; }

    /// <summary>Writes the row's values in the order of <see cref="Columns"/>.</summary>
    public abstract void Write(Row row, IColumnWriter writer);

    /// <inheritdoc />
    public override string ToString() => Name;
}

/// <inheritdoc />
public sealed class Table<TRow> : Table
    where TRow : Row
{
    private readonly Column<TRow>[] _columns;

    internal Table(int index, string name, string timeColumn, string[] key, TimeSpan? keepFor, Column<TRow>[] columns)
        : base(name, timeColumn, key, keepFor, index)
    {
        _columns = columns;
    }

    /// <inheritdoc />
    public override IReadOnlyList<Column> Columns => _columns;

    /// <inheritdoc />
    public override void Write(Row row, IColumnWriter writer)
    {
        var typed = (TRow)row;
        foreach (var column in _columns)
        {
            column.Write(typed, writer);
        }
    }
}
