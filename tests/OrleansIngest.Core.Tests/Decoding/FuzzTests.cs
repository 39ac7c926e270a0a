using System.Text;
using OrleansIngest.Bench.Decoding;
using OrleansIngest.Core.Records;
using Xunit;

namespace OrleansIngest.Core.Tests.Decoding;

public class FuzzTests
{
    [Theory]
    [InlineData(RecordFormat.Decoded, "decoded", "bad-decoded")]
    [InlineData(RecordFormat.Raw, "raw", "bad-raw")]
    [InlineData(RecordFormat.Sensor, "sensor")]
    [InlineData(RecordFormat.Event, "event")]
    public void Spoiled_samples_come_out_as_sound_rows_or_rejections(RecordFormat format, params string[] files)
    {
        var samples = files.SelectMany(f => SampleTests.Lines($"{f}.ndjson")).Select(Encoding.UTF8.GetBytes).ToArray();
        var result = new DecoderFuzz(format, samples, new Decode.FixedClock()).Run(count: 3_000, seed: 20261102);

        Assert.Empty(result.Escapes);
        Assert.Equal(3_000, result.Count);
        // The mutations reach past the JSON reader: rows come out, and each stage rejects.
        Assert.InRange(result.Decoded, 150, 2_850);
        Assert.All(
            new[] { RejectReason.NotJson, RejectReason.DeviceId, RejectReason.Timestamp },
            reason => Assert.NotEqual(0, result.Rejected[(int)reason]));
        Assert.All(
            new[] { RejectReason.Tombstone, RejectReason.TooLarge, RejectReason.RefusedByDatabase },
            reason => Assert.Equal(0, result.Rejected[(int)reason]));
    }
}
