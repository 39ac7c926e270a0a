using System.Text.Json;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Decoding;

/// <summary>
/// Reads the fields of one scanned record and keeps the first fault in the order of <see cref="RejectReason"/>,
/// whatever the order of reading. A field at fault reads as some value; the decoder asks <see cref="IsFaulty"/> at the end.
/// </summary>
internal ref struct RecordFields(
    ReadOnlySpan<byte> json, ReadOnlySpan<JsonField> fields, FieldNames names, JsonStrings strings)
{
    private readonly ReadOnlySpan<JsonField> _fields = fields;

    public ReadOnlySpan<byte> Json { get; } = json;

    public RejectReason Reason { get; private set; }

    /// <summary>A sentence that names the field and what was found; null without a fault.</summary>
    public string? Error { get; private set; }

    public readonly bool IsFaulty => Error is not null;

    public readonly ref readonly JsonField this[int field] => ref _fields[field];

    /// <summary>The first of two names where it is present, even as null; else the second.</summary>
    public readonly int Either(int field, int alias) => _fields[field].IsPresent ? field : alias;

    /// <summary>Notes a fault, unless an earlier check has failed already.</summary>
    public void Fail(RejectReason reason, string error)
    {
        if (!IsFaulty || reason < Reason)
            (Reason, Error) = (reason, error);
    }

    /// <summary>A device or sensor id: a string that is not blank.</summary>
    public string Identity(int field, int maxCodePoints)
    {
        ref readonly var found = ref _fields[field];
        if (found.Type != JsonTokenType.String)
        {
            Fail(RejectReason.DeviceId, found.IsPresent
                ? $"{names[field]} is not a string: {Excerpt(field)}"
                : $"{names[field]} is missing.");
            return "";
        }

        var utf8 = strings.Utf8(Json, found);
        if (CodePoints.Exceed(utf8, maxCodePoints))
        {
            Fail(RejectReason.DeviceId, $"{names[field]} is longer than {maxCodePoints} characters: {Excerpt(field)}");
            return "";
        }

        var id = strings.Cached(utf8);
        if (string.IsNullOrWhiteSpace(id))
            Fail(RejectReason.DeviceId, $"{names[field]} is empty or blank.");
        FailOnNul(field);
        return id;
    }

    /// <summary>A text, a number or boolean as it is written, or <paramref name="missing"/> where it is absent or null.</summary>
    public string? Text(int field, int maxCodePoints, string? missing)
    {
        ref readonly var found = ref _fields[field];
        if (found.IsNull)
            return missing;
        if (found.IsContainer)
        {
            Fail(RejectReason.TextType, $"{names[field]} is not a text: {Excerpt(field)}");
            return missing;
        }

        var utf8 = strings.Utf8(Json, found);
        if (CodePoints.Exceed(utf8, maxCodePoints))
        {
            Fail(RejectReason.TextTooLong, $"{names[field]} is longer than {maxCodePoints} characters: {Excerpt(field)}");
            return missing;
        }

        FailOnNul(field);
        return strings.Cached(utf8);
    }

    /// <summary>A text that must be there.</summary>
    public string RequiredText(int field, int maxCodePoints)
    {
        if (_fields[field].IsNull)
            Fail(RejectReason.TextType, $"{names[field]} is missing or null.");
        return Text(field, maxCodePoints, "")!;
    }

    /// <summary>The record's time in microseconds since 1970; the Kafka timestamp where it is absent or null.</summary>
    public long Time(int field, SourceRecord record, in TimeLimits limits)
    {
        ref readonly var found = ref _fields[field];
        var micros = record.TimestampMicros;
        if (found.IsNull && micros < 0)
            Fail(RejectReason.Timestamp, $"{names[field]} is missing, and the Kafka record has no timestamp.");
        else if (!found.IsNull && !TimestampReader.TryRead(Json, found, strings, out micros))
            Fail(RejectReason.Timestamp, $"{names[field]} is no time: {Excerpt(field)}");
        else if (micros < TimestampReader.EarliestMicros)
            Fail(RejectReason.Timestamp, $"{TimeName(field)} lies before 2000-01-01: {TimeExcerpt(field, micros)}");
        else if (micros > limits.LatestMicros)
            Fail(RejectReason.Timestamp, $"{TimeName(field)} lies too far ahead of the clock: {TimeExcerpt(field, micros)}");
        else if (micros < limits.OldestMicros)
            Fail(RejectReason.Expired, $"{TimeName(field)} is older than the table keeps rows: {TimeExcerpt(field, micros)}");
        return micros;
    }

    /// <summary>Notes a fault where U+0000 is in a field that is stored.</summary>
    public void FailOnNul(int field)
    {
        if (_fields[field].HasNul)
            Fail(RejectReason.Nul, $"{names[field]} holds U+0000: {Excerpt(field)}");
    }

    /// <summary>The beginning of a field as it is written, for a sentence.</summary>
    public readonly string Excerpt(int field) => ErrorText.Excerpt(_fields[field].WrittenIn(Json));

    private readonly string TimeName(int field) =>
        _fields[field].IsNull ? $"{names[field]} is missing, and the Kafka timestamp" : names[field];

    private readonly string TimeExcerpt(int field, long micros) =>
        _fields[field].IsNull ? $"{micros} µs" : Excerpt(field);
}
