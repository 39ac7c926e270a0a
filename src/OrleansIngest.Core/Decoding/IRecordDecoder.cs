using System.Diagnostics.CodeAnalysis;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Decoding;

/// <summary>Turns the bytes of one format's records into rows. Not safe for concurrent use: one instance a thread.</summary>
public interface IRecordDecoder
{
    /// <summary>Decodes a record, or says why it cannot be stored. Never throws, whatever the bytes.</summary>
    bool TryDecode(SourceRecord record, [NotNullWhen(true)] out DecodedRecord? decoded, out Rejection rejection);
}
