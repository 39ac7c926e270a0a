using OrleansIngest.Core.Records;

namespace OrleansIngest.Core.Decoding;

/// <summary>Makes the decoder of each format. Safe for concurrent use; its decoders are not.</summary>
public sealed class RecordDecoders
{
    private readonly DecoderOptions _options;
    private readonly TimeProvider _clock;

    /// <param name="options">The limits; not to be changed afterwards.</param>
    /// <param name="clock">Tells what lies ahead and what is too old.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is negative or, for sizes, zero.</exception>
    public RecordDecoders(DecoderOptions options, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxRecordBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.StringCacheEntries);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxClockSkew, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxLateness ?? TimeSpan.Zero, TimeSpan.Zero);
        _options = options;
        _clock = clock;
    }

    /// <summary>What all decoders made here have counted.</summary>
    public DecoderCounters Counters { get; } = new();

    /// <summary>A decoder with its own string cache, for one thread.</summary>
    public IRecordDecoder Create(RecordFormat format) => format switch
    {
        RecordFormat.Decoded => new MeasurementDecoder(_options, _clock, Counters),
        RecordFormat.Raw => new RawDecoder(_options, _clock),
        RecordFormat.Sensor => new SensorDecoder(_options, _clock),
        RecordFormat.Event => new EventDecoder(_options, _clock),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "No such record format."),
    };
}
