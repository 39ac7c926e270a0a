using FsCheck;
using FsCheck.Fluent;
using OrleansIngest.Core.Delivery;
using Xunit;

namespace OrleansIngest.Core.Tests.Delivery;

public sealed class WatermarkTests
{
    [Fact]
    public void Nothing_is_known_before_the_first_record()
    {
        Assert.Null(new Watermark().Offset);
    }

    [Fact]
    public void It_stands_at_the_oldest_undone_record()
    {
        var watermark = new Watermark();
        var sequences = new long[] { 10, 11, 15, 16 }.Select(watermark.Seen).ToArray();

        watermark.Done(sequences[1]);
        watermark.Done(sequences[3]);
        Assert.Equal(10, watermark.Offset);

        watermark.Done(sequences[0]);
        Assert.Equal(15, watermark.Offset);

        watermark.Done(sequences[2]);
        Assert.Equal(17, watermark.Offset);
        Assert.Equal(0, watermark.Span);
    }

    [Fact]
    public void The_end_moves_it_over_what_will_never_be_read()
    {
        var watermark = new Watermark();
        var first = watermark.Seen(3);
        watermark.ReachedEnd(9);
        Assert.Equal(3, watermark.Offset);

        watermark.Done(first);
        Assert.Equal(9, watermark.Offset);

        watermark.ReachedEnd(5);
        Assert.Equal(9, watermark.Offset);
    }

    [Fact]
    public void An_empty_partition_is_done_to_its_end()
    {
        var watermark = new Watermark();
        watermark.ReachedEnd(42);
        Assert.Equal(42, watermark.Offset);
        watermark.Seen(42);
        Assert.Equal(42, watermark.Offset);
    }

    [Fact]
    public void An_offset_is_never_seen_twice()
    {
        var watermark = new Watermark();
        watermark.Seen(7);
        Assert.Throws<ArgumentOutOfRangeException>(() => watermark.Seen(7));
    }

    [Fact]
    public void A_million_records_behind_one_stuck_record_are_held()
    {
        var watermark = new Watermark();
        for (long offset = 0; offset < 1_000_000; offset++) watermark.Seen(offset);
        for (long sequence = 1; sequence < 1_000_000; sequence++) watermark.Done(sequence);
        Assert.Equal(0, watermark.Offset);
        Assert.Equal(1_000_000, watermark.Span);

        watermark.Done(0);
        Assert.Equal(1_000_000, watermark.Offset);
    }

    /// <summary>Any offsets with gaps, seen and done in any interleaving and order, against a naive model.</summary>
    [Fact]
    public void It_never_passes_an_undone_offset_and_never_goes_back()
    {
        Prop.ForAll(
            Gen.Choose(0, int.MaxValue).ListOf(400).ToArbitrary(),
            choices => Matches(choices)).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    private static bool Matches(IEnumerable<int> choices)
    {
        var watermark = new Watermark();
        var undone = new List<(long Sequence, long Offset)>();
        long next = 100, last = -1;
        foreach (var choice in choices)
        {
            if (choice % 5 == 4)
            {
                next += choice / 5 % 3;
                watermark.ReachedEnd(next);
            }
            else if (choice % 2 == 0 || undone.Count == 0)
            {
                next += choice / 7 % 4 == 0 ? choice / 11 % 1000 : 0;
                undone.Add((watermark.Seen(next), next));
                next++;
            }
            else
            {
                var i = choice / 3 % undone.Count;
                watermark.Done(undone[i].Sequence);
                undone.RemoveAt(i);
            }

            var expected = undone.Count > 0 ? undone.Min(u => u.Offset) : next;
            if (watermark.Offset != expected || expected < last) return false;
            last = expected;
        }

        return true;
    }
}
