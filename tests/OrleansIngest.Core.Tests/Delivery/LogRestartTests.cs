using OrleansIngest.Core.Delivery;
using Xunit;

namespace OrleansIngest.Core.Tests.Delivery;

public sealed class LogRestartTests
{
    [Fact]
    public void What_the_reader_saw_itself_counts()
    {
        Assert.True(LogRestart.Happened(null, new PartitionStart("c", "t", 0, null, 0, 400, BeganAgain: true)));
    }

    [Theory]
    [InlineData(null, null, 0, 0, false)]
    [InlineData(null, null, 0, 500, false)]
    [InlineData(100L, 100L, 0, 100, false)]
    [InlineData(100L, 90L, 0, 100, false)]
    [InlineData(100L, 100L, 150, 400, false)]
    [InlineData(100L, 120L, 0, 110, true)]
    [InlineData(100L, null, 0, 400, true)]
    [InlineData(100L, 40L, 0, 60, true)]
    [InlineData(null, 50L, 0, 10, true)]
    public void It_is_told_from_growth_and_retention(long? known, long? committed, long low, long high, bool expected)
    {
        Assert.Equal(expected, LogRestart.Happened(known, new PartitionStart("c", "t", 0, committed, low, high)));
    }
}
