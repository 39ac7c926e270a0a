using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Timescale.Writing;

/// <summary>The rows of some records, parted by table: what one transaction writes.</summary>
internal sealed class RowsByTable
{
    private readonly List<Row>[] _rows = [.. Tables.All.Select(_ => new List<Row>())];

    /// <summary>All rows.</summary>
    public int Count { get; private set; }

    /// <summary>How many tables they belong to.</summary>
    public int TableCount { get; private set; }

    /// <summary>The rows of a table, in the order of the records.</summary>
    public List<Row> this[Table table] => _rows[table.Index];

    /// <summary>Takes the rows of a range of records instead of those it had.</summary>
    public void Load(List<DecodedRecord> records, int from, int to)
    {
        Clear();
        for (var i = from; i < to; i++)
        {
            for (var row = records[i].Row; row is not null; row = row.Next)
            {
                var rows = _rows[row.Table.Index];
                TableCount += rows.Count == 0 ? 1 : 0;
                rows.Add(row);
                Count++;
            }
        }
    }

    /// <summary>Lets go of the rows.</summary>
    public void Clear()
    {
        Count = 0;
        TableCount = 0;
        foreach (var rows in _rows)
        {
            rows.Clear();
        }
    }
}
