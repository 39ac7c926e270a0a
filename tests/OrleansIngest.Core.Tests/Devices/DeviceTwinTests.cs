using OrleansIngest.Core.Devices;
using Xunit;

namespace OrleansIngest.Core.Tests.Devices;

public sealed class DeviceTwinTests
{
    [Fact]
    public void It_keeps_the_newest_value_of_each_data_point()
    {
        var twin = new DeviceTwin("d");
        twin.Apply(Given.Measurement(0, 1_000, 1.5));
        twin.Apply(Given.Measurement(1, 2_000, 2.5, "door"));
        twin.Apply(Given.Measurement(2, 3_000, 3.5));

        Assert.Equal([3.5, 2.5], twin.Latest.Select(l => l.Value));
        Assert.Equal([3_000, 2_000], twin.Latest.Select(l => l.TimeMicros));
        Assert.Equal((3, 0, 1_000, 3_000), (twin.Records, twin.Late, twin.FirstSeenMicros!.Value, twin.LastSeenMicros!.Value));
    }

    [Fact]
    public void A_late_record_is_counted_and_turns_nothing_back()
    {
        var twin = new DeviceTwin("d");
        twin.Apply(Given.Measurement(0, 5_000, 5));
        twin.Apply(Given.Measurement(1, 4_000, 4));

        Assert.Equal(5, twin.Latest.Single().Value);
        Assert.Equal((2, 1, 4_000, 5_000), (twin.Records, twin.Late, twin.FirstSeenMicros!.Value, twin.LastSeenMicros!.Value));
    }

    [Fact]
    public void Equal_times_are_ordered_by_offset()
    {
        var twin = new DeviceTwin("d");
        twin.Apply(Given.Measurement(0, 5_000, 1));
        twin.Apply(Given.Measurement(1, 5_000, 2));
        Assert.Equal(2, twin.Latest.Single().Value);
    }

    [Fact]
    public void A_record_that_comes_again_changes_nothing()
    {
        var twin = new DeviceTwin("d");
        Assert.True(twin.Apply(Given.Measurement(7, 1_000, 1)));
        Assert.False(twin.Apply(Given.Measurement(7, 1_000, 9)));
        Assert.False(twin.Apply(Given.Measurement(3, 2_000, 9)));
        Assert.Equal((1, 1.0), (twin.Records, twin.Latest.Single().Value));
    }

    [Fact]
    public void Partitions_and_epochs_have_offsets_of_their_own()
    {
        var twin = new DeviceTwin("d");
        var again = Given.Source with { Epoch = 1, EpochStartedMicros = 10 };
        Assert.True(twin.Apply(Given.Measurement(50, 1_000, 1)));
        Assert.True(twin.Apply(Given.Measurement(2, 2_000, 2, source: Given.Source with { Partition = 1 })));
        Assert.True(twin.Apply(Given.Measurement(0, 3_000, 3, source: again)));
        Assert.False(twin.Apply(Given.Measurement(51, 4_000, 4)));
        Assert.True(twin.Apply(Given.Measurement(1, 4_000, 4, source: again)));
        Assert.Equal(4, twin.Records);
    }

    [Fact]
    public void A_snapshot_brings_everything_back()
    {
        var twin = new DeviceTwin("d");
        for (var i = 0; i < 20; i++) twin.Apply(Given.Measurement(i, 1_000 + i, i == 3 ? double.NaN : i, $"point-{i}"));
        Assert.True(twin.Changed);

        var back = DeviceTwin.FromSnapshot(twin.TakeSnapshot());

        Assert.False(twin.Changed);
        Assert.Equal(twin.Latest, back.Latest);
        Assert.Equal(twin.Marks, back.Marks);
        Assert.Equal((20, 1_000, 1_019), (back.Records, back.FirstSeenMicros!.Value, back.LastSeenMicros!.Value));
        Assert.False(back.Apply(Given.Measurement(19, 9_000, 9, "point-19")));
        back.Apply(Given.Measurement(20, 9_000, 99, "point-19"));
        Assert.Equal(99, back.Latest[19].Value);
    }

    [Fact]
    public void Data_points_and_sources_are_bounded()
    {
        var twin = new DeviceTwin("d");
        for (var i = 0; i < 1_000; i++)
        {
            twin.Apply(Given.Measurement(i, 1_000, i, $"point-{i}", Given.Source with { Partition = i }));
        }

        Assert.Equal(DeviceTwin.MaxDataPoints, twin.Latest.Count);
        Assert.Equal(DeviceTwin.MaxSources, twin.Marks.Count);
        Assert.Equal(1_000, twin.Records);
    }
}
