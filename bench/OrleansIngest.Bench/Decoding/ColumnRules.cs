using System.Globalization;
using System.Text;
using System.Text.Json;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Bench.Decoding;

/// <summary>Takes a row as the database would and throws <see cref="InvalidDataException"/> on what that would refuse.</summary>
internal sealed class ColumnRules(TimeProvider clock) : IColumnWriter
{
    private const long YearMicros = 366L * 86_400_000_000;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private IReadOnlyList<Column> _columns = [];
    private int _next;

    /// <summary>The clock's now in microseconds since 1970.</summary>
    public long NowMicros { get; } = (clock.GetUtcNow().Ticks - DateTime.UnixEpoch.Ticks) / 10;

    /// <summary>Checks every column of a row.</summary>
    public void Check(Row row)
    {
        (_columns, _next) = (row.Table.Columns, 0);
        row.Table.Write(row, this);
        Demand(_next == _columns.Count, "has columns that were not written");
    }

    /// <summary>Checks that a rejection can go into a header: a short line.</summary>
    public static void Check(Rejection rejection)
    {
        if (rejection.Error is not { Length: > 0 and <= 200 } error || error.Any(char.IsControl) || Strict.GetByteCount(error) == 0)
            throw new InvalidDataException($"The error of {rejection.Reason} is no short line: {rejection.Error}");
    }

    public void Null() => Demand(Take().Nullable, "is null");

    public void Timestamp(long unixMicros)
    {
        Take();
        Demand(unixMicros >= 946_684_800_000_000 && unixMicros <= NowMicros + YearMicros, "is an absurd time");
    }

    public void Text(string value)
    {
        var type = Take().SqlType;
        Demand(!value.Contains('\0'), "holds U+0000");
        Demand(Strict.GetByteCount(value) >= value.Length, "holds lone surrogates");
        if (type.IndexOf('(') is var open and >= 0)
        {
            var limit = int.Parse(type.AsSpan(open + 1, type.Length - open - 2), CultureInfo.InvariantCulture);
            Demand(value.EnumerateRunes().Count() <= limit, "is too long");
        }
    }

    public void Json(ReadOnlySpan<byte> utf8)
    {
        Take();
        using var document = JsonDocument.Parse(utf8.ToArray());
        Demand(utf8[0] == '{' && utf8[^1] == '}', "is not an object and nothing else");
        Walk(document.RootElement);
    }

    public void Double(double value)
    {
        Take();
        Demand(double.IsFinite(value), "is not finite");
    }

    public void Int32(int value) => Take();

    public void Int64(long value) => Take();

    public void Uuid(Guid value) => Take();

    private void Walk(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    Demand(!property.Name.Contains('\0'), "holds U+0000 in a name");
                    Walk(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    Walk(item);
                break;
            case JsonValueKind.String:
                Demand(!element.GetString()!.Contains('\0'), "holds U+0000");
                break;
        }
    }

    private Column Take() => _columns[_next++];

    private void Demand(bool held, string fault)
    {
        if (!held)
            throw new InvalidDataException($"{_columns[Math.Min(_next, _columns.Count) - 1].Name} {fault}");
    }
}
