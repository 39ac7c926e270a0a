namespace OrleansIngest.Core.Rows;

/// <summary>A row to store.</summary>
public abstract class Row
{
    /// <summary>The table that the row belongs to.</summary>
    public abstract Table Table { get; }

    /// <summary>The next row that the same record causes; the chain is committed as a whole.</summary>
    public Row? Next { get; set; }
}
