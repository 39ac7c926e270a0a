namespace OrleansIngest.Core.Decoding;

/// <summary>What the decoders of one <see cref="RecordDecoders"/> have seen. Safe to read while they work.</summary>
public sealed class DecoderCounters
{
    private long _valueUnreadable;

    /// <summary><c>value_unreadable</c>: measurements stored with a null value because theirs was no finite number.</summary>
    public long ValueUnreadable => Interlocked.Read(ref _valueUnreadable);

    internal void CountValueUnreadable() => Interlocked.Increment(ref _valueUnreadable);
}
