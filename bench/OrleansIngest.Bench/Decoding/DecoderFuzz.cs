using System.Text;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;

namespace OrleansIngest.Bench.Decoding;

/// <summary>What spoiled records came to.</summary>
/// <param name="Decoded">Records that decoded in spite of it.</param>
/// <param name="Rejected">Rejections, by <see cref="RejectReason"/>.</param>
/// <param name="Escapes">Whatever came out that should not: an exception, or a row that its table cannot hold. At most ten are kept.</param>
internal sealed record DecoderFuzzResult(long Decoded, long[] Rejected, IReadOnlyList<string> Escapes)
{
    /// <summary>All records.</summary>
    public long Count => Decoded + Rejected.Sum() + Escapes.Count;
}

/// <summary>
/// Feeds a decoder mutated records and holds it to its word: no exception, no reason outside the list, and no row
/// that breaks a rule of its columns.
/// </summary>
internal sealed class DecoderFuzz(RecordFormat format, IReadOnlyList<byte[]> samples, TimeProvider clock)
{
    private const int MaxEscapes = 10;

    /// <summary>A few records of a format whose times lie just before the clock of now.</summary>
    public static IReadOnlyList<byte[]> Samples(RecordFormat format)
    {
        var now = DateTimeOffset.UtcNow;
        var iso = $"{now:yyyy-MM-ddTHH:mm:ss.ffffffZ}";
        string[] texts = format switch
        {
            RecordFormat.Decoded =>
            [
                $$"""{"timestamp":"{{iso}}","mac_address":"f2-01","mode":"sensor-mode","data_point_label":"sensor","pin":"3","value":21.5,"unit":"°C","original_topic":"cmnd/f2-01/J3"}""",
                $$"""{"timestamp": {{now.ToUnixTimeMilliseconds()}}, "device_id": "f2-\u00fc\ud83d\ude00", "pin_position": 7, "value": " 1e1 ", "topic": "t"}""",
            ],
            RecordFormat.Raw =>
            [
                $$$"""{"device_id":"breaker-001","timestamp":"{{{iso}}}","message_id":"m-1","measurements":{"voltage":{"phase_a":120.3,"unit":"V"},"temperature":34.9,"status":"normal","alarms":[1]}}""",
                $$"""{"device_id":"breaker-003","timestamp":{{now.ToUnixTimeSeconds()}}.25,"event_type":"trends","trends":[{"metric":"v","min":1.0}]}""",
            ],
            RecordFormat.Sensor =>
            [
                $$$"""{"sensor_id":"climate-0","message":{"temp":20.0,"note":"a\nb"},"sensor_timestamp":{"secs_since_epoch":{{{now.ToUnixTimeSeconds()}}},"nanos_since_epoch":123000000}}""",
                $$"""{"sensor_id":"climate-1","message":"{\"temp\": 20.1}","sensor_timestamp":"{{iso}}"}""",
            ],
            _ =>
            [
                $$$"""{"event_id":"3a828159-c9d2-4950-ab25-f8a1fc2e6a59","event_type":"click","user_id":"u-1","time":"{{{iso}}}","properties":{"path":"/p/0"}}""",
                $$"""{"event_id":"3a828159-c9d2-4950-ab25-f8a1fc2e6a59","event_type":"click","user_id":7,"timestamp":"{{iso}}","properties":"{\"path\":\"/p/1\"}"}""",
            ],
        };
        return [.. texts.Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>Decodes mutated records.</summary>
    public DecoderFuzzResult Run(int count, int seed)
    {
        var decoder = new RecordDecoders(new DecoderOptions { MaxRecordBytes = 4096 }, clock).Create(format);
        var mutator = new RecordMutator(seed, samples);
        var source = new RecordSource("fuzz", "topic", 1, 0, 0);
        var rules = new ColumnRules(clock);
        var rejected = new long[RejectReasons.All.Count];
        var escapes = new List<string>();
        long decoded = 0;
        for (var i = 0; i < count && escapes.Count < MaxEscapes; i++)
        {
            var bytes = mutator.Next();
            var record = new SourceRecord { Source = source, Offset = i, TimestampMicros = i % 2 == 0 ? -1 : rules.NowMicros, Value = bytes };
            try
            {
                if (decoder.TryDecode(record, out var result, out var rejection))
                {
                    decoded++;
                    rules.Check(result.Row);
                }
                else
                {
                    rejected[(int)rejection.Reason]++;
                    ColumnRules.Check(rejection);
                }
            }
            catch (Exception e)
            {
                escapes.Add($"{format}, seed {seed}, record {i}: {e.Message} ({e.GetType().Name}) on {Convert.ToHexString(bytes)}");
            }
        }

        return new DecoderFuzzResult(decoded, rejected, escapes);
    }
}
