using OrleansIngest.Core.Measuring;
using Xunit;

namespace OrleansIngest.Core.Tests.Delivery;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Quantiles_are_right_to_one_sixteenth()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 100_000; i++) histogram.Record(i);
        Assert.InRange(histogram.QuantileMs(0.5), 50, 50 * 1.07);
        Assert.InRange(histogram.QuantileMs(0.99), 99, 100);
        Assert.Equal(100, histogram.QuantileMs(1));
        Assert.Equal((100_000, 100_000), (histogram.Count, histogram.MaxMicros));
    }

    [Theory]
    [InlineData(-5)]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(long.MaxValue)]
    public void Any_duration_has_a_bucket(long micros)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(micros);
        Assert.Equal(Math.Max(0, micros) / 1000.0, histogram.QuantileMs(0.5));
    }

    [Fact]
    public void Nothing_recorded_is_zero()
    {
        Assert.Equal(0, new LatencyHistogram().QuantileMs(0.99));
    }
}
