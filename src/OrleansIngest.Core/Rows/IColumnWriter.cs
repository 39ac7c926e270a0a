namespace OrleansIngest.Core.Rows;

/// <summary>Takes the values of one row, in the order of its table's columns, each exactly once.</summary>
public interface IColumnWriter
{
    /// <summary>SQL NULL.</summary>
    void Null();

    /// <summary>A TIMESTAMPTZ, as microseconds since 1970.</summary>
    void Timestamp(long unixMicros);

    /// <summary>A text without U+0000.</summary>
    void Text(string value);

    /// <summary>A JSONB value as its UTF-8 text.</summary>
    void Json(ReadOnlySpan<byte> utf8);

    /// <summary>A DOUBLE PRECISION.</summary>
    void Double(double value);

    /// <summary>An INTEGER.</summary>
    void Int32(int value);

    /// <summary>A BIGINT.</summary>
    void Int64(long value);

    /// <summary>A UUID.</summary>
    void Uuid(Guid value);
}
