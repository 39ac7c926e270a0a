using System.Diagnostics;
using OrleansIngest.Bench.Load;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Bench.Decoding;

/// <summary>What one round of <see cref="DecoderBenchmark"/> measured, on one thread.</summary>
/// <param name="RecordsPerSecond">Records decoded a second.</param>
/// <param name="BytesPerRecord">Managed bytes allocated a record: the record as the broker's client hands it over, without its payload, and all that decoding makes of it.</param>
internal readonly record struct DecoderRound(double RecordsPerSecond, double BytesPerRecord);

/// <summary>The decoder alone, over records of the format <c>decoded</c> as a fleet sends them.</summary>
internal sealed class DecoderBenchmark
{
    /// <summary>Records a round.</summary>
    public const int Records = 400_000;

    // Rows live until their batch is written: so do these, or the collector would have it too easy.
    private const int InFlight = 8_192;

    private readonly RecordSource _source = new("bench", "decoded_iot_data", 0, 0, 0);
    private readonly DecodedRecord[] _inFlight = new DecodedRecord[InFlight];
    private readonly ReadOnlyMemory<byte>[] _payloads = new ReadOnlyMemory<byte>[Records];
    private readonly IRecordDecoder _decoder = new RecordDecoders(new DecoderOptions(), TimeProvider.System).Create(RecordFormat.Decoded);

    /// <summary>Renders the records, and decodes them once for the JIT compiler's sake.</summary>
    /// <param name="devices">Size of the fleet.</param>
    public DecoderBenchmark(int devices)
    {
        var fleet = new Fleet(devices);
        var all = new MemoryStream(Records * 200);
        var ends = new int[Records];
        for (var i = 0; i < Records; i++)
        {
            all.Write(fleet.Render(i).Json);
            ends[i] = (int)all.Length;
        }

        var bytes = all.ToArray();
        for (var i = 0; i < Records; i++)
        {
            var begin = i == 0 ? 0 : ends[i - 1];
            _payloads[i] = bytes.AsMemory(begin, ends[i] - begin);
        }

        Run();
    }

    /// <summary>Decodes every record once.</summary>
    /// <exception cref="InvalidOperationException">A record was rejected.</exception>
    public DecoderRound Run()
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < _payloads.Length; i++)
        {
            var record = new SourceRecord
            {
                Source = _source,
                Offset = i,
                TimestampMicros = 0,
                Value = _payloads[i],
            };
            if (!_decoder.TryDecode(record, out var decoded, out var rejection))
                throw new InvalidOperationException($"Record {i} was rejected as {rejection.Reason.Code()}: {rejection.Error}");
            _inFlight[i % InFlight] = decoded;
        }

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return new DecoderRound(Records / seconds, allocated / (double)Records);
    }
}
