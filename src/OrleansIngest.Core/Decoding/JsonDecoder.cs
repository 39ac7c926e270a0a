using System.Diagnostics.CodeAnalysis;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Core.Decoding;

/// <summary>
/// What the formats have in common: the checks of a record as a whole come first, then the fields. U+0000 rejects a
/// record only where it would be stored.
/// </summary>
internal abstract class JsonDecoder(DecoderOptions options, TimeProvider clock, Table table, FieldNames names) : IRecordDecoder
{
    private readonly int _maxBytes = options.MaxRecordBytes;
    private readonly TimeSpan _maxSkew = options.MaxClockSkew;
    private readonly TimeSpan? _maxLateness = options.MaxLateness ?? table.KeepFor;
    private readonly JsonStrings _strings = new(options.StringCacheEntries);

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads the fields. What it returns is dropped where the fields are faulty.</summary>
    protected abstract DecodedRecord Decode(in Input input, ref RecordFields fields);

    /// <inheritdoc />
    public bool TryDecode(SourceRecord record, [NotNullWhen(true)] out DecodedRecord? decoded, out Rejection rejection)
    {
        decoded = null;
        if (record.Value is not { } value)
        {
            rejection = new Rejection(record, RejectReason.Tombstone, "The value is null.");
            return false;
        }

        if (value.Length > _maxBytes)
        {
            rejection = new Rejection(record, RejectReason.TooLarge, $"The value has {value.Length} bytes, more than MaxRecordBytes, {_maxBytes}.");
            return false;
        }

        if (value.Span.StartsWith(ByteOrderMark))
            value = value[ByteOrderMark.Length..];

        Span<JsonField> found = stackalloc JsonField[names.Count];
        var scanned = RecordScanner.Scan(value.Span, names, found);
        if (scanned.Kind != ScannedKind.Object)
        {
            var kind = scanned.Kind == ScannedKind.NotJson ? RejectReason.NotJson : RejectReason.NotObject;
            rejection = new Rejection(record, kind, ErrorText.Bounded(scanned.Fault));
            return false;
        }

        var fields = new RecordFields(value.Span, found, names, _strings);
        var limits = TimeLimits.Now(clock, _maxSkew, _maxLateness);
        var made = Decode(new Input(record, value, scanned, limits, _strings), ref fields);
        if (fields.Error is { } error)
        {
            rejection = new Rejection(record, fields.Reason, ErrorText.Bounded(error));
            return false;
        }

        decoded = made;
        rejection = default;
        return true;
    }

    /// <summary>A record that is known to be an object, and what its fields are read with.</summary>
    /// <param name="Record">The record.</param>
    /// <param name="Json">Its value without a byte order mark: what positions count in.</param>
    /// <param name="Scanned">Where the object stands.</param>
    /// <param name="Limits">Between which times it may lie.</param>
    /// <param name="Strings">The decoder's memory.</param>
    protected readonly record struct Input(
        SourceRecord Record, ReadOnlyMemory<byte> Json, ScannedRecord Scanned, TimeLimits Limits, JsonStrings Strings)
    {
        /// <summary>The object's bytes as they were received.</summary>
        public ReadOnlyMemory<byte> Object => Json.Slice(Scanned.Start, Scanned.Length);
    }
}
