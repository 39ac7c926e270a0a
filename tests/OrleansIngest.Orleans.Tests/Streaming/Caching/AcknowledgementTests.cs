using Orleans.Streams;

namespace OrleansIngest.Orleans.Tests.Streaming.Caching;

/// <summary>What acknowledges a container, and what does not.</summary>
public sealed class AcknowledgementTests
{
    [Fact]
    public void A_container_is_done_when_it_was_handed_out_and_the_cursor_moved_on()
    {
        var rig = new CacheRig();
        rig.Read("a", 1);
        rig.Read("a", 2);
        var cursor = rig.Cursor("a");

        Assert.Equal([1], CacheRig.Offsets(CacheRig.Next(cursor)!));
        Assert.Empty(rig.DoneOffsets);

        Assert.Equal([2], CacheRig.Offsets(CacheRig.Next(cursor)!));
        Assert.Equal([1], rig.DoneOffsets);

        Assert.False(cursor.MoveNext());
        Assert.Equal([1, 2], rig.DoneOffsets);
    }

    [Fact]
    public void A_failed_delivery_acknowledges_nothing_and_the_container_comes_again()
    {
        var rig = new CacheRig();
        rig.Read("a", 1);
        rig.Read("a", 2);
        var cursor = rig.Cursor("a");

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal([1], CacheRig.Offsets(CacheRig.Next(cursor)!));
            cursor.RecordDeliveryFailure();
        }

        Assert.Equal([1, 2], CacheRig.Drain(cursor));
        Assert.Equal([1, 2], rig.DoneOffsets);
    }

    [Fact]
    public void Moving_without_taking_acknowledges_nothing()
    {
        var rig = new CacheRig();
        rig.Read("a", 1);
        var cursor = rig.Cursor("a");

        for (var i = 0; i < 3; i++) Assert.True(cursor.MoveNext());

        Assert.Empty(rig.DoneOffsets);
        Assert.Equal([1], CacheRig.Offsets(cursor.GetCurrent(out _)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Disposing_a_cursor_acknowledges_nothing(bool inHand)
    {
        var rig = new CacheRig();
        rig.Read("a", 1);
        var cursor = rig.Cursor("a");
        if (inHand) CacheRig.Next(cursor);

        cursor.Dispose();
        rig.Purge();

        Assert.Empty(rig.DoneOffsets);
        Assert.Equal([1], CacheRig.Drain(rig.Cursor("a")));
    }

    // What dotnet/orleans issue 903 is about: a quiet stream's cursors are closed, and a cache that judges by the
    // cursors that are left takes its containers for delivered.
    [Fact]
    public void A_quiet_stream_whose_cursors_are_closed_keeps_its_containers()
    {
        var rig = new CacheRig();
        rig.Read("quiet", 1);
        var pin = rig.Cursor("quiet");
        var cursor = rig.Cursor("quiet");
        pin.Dispose();
        CacheRig.Next(cursor);
        cursor.Dispose();
        var busy = rig.Cursor("busy");
        for (var offset = 2; offset < 2_000; offset++)
        {
            rig.Read("busy", offset);
            busy.Refresh(null!);
            CacheRig.Drain(busy);
            Assert.False(rig.Purge());
        }

        Assert.Equal(Enumerable.Range(2, 1_998).Select(i => (long)i), rig.DoneOffsets);
        Assert.Equal([1], CacheRig.Drain(rig.Cursor("quiet")));
        Assert.Equal(1, rig.DoneOffsets[^1]);
    }

    [Fact]
    public void Nothing_is_dropped_while_a_subscriber_registers()
    {
        var rig = new CacheRig();
        rig.Read("a", 1);
        var pin = rig.Cursor("a");
        for (var offset = 2; offset < 100; offset++)
        {
            rig.Read("a", offset);
            Assert.False(rig.Purge());
        }

        var cursor = rig.Cursor("a", rig.Token(1));
        pin.Dispose();

        Assert.Equal(Enumerable.Range(1, 99).Select(i => (long)i), CacheRig.Drain(cursor));
        Assert.Equal(99, rig.DoneOffsets.Count);
    }

    [Fact]
    public void A_second_subscriber_that_registers_late_gets_everything()
    {
        var rig = new CacheRig();
        rig.Read("a", 1);
        var pin = rig.Cursor("a");
        var left = rig.Cursor("a");
        Assert.Equal([1], CacheRig.Drain(left));
        rig.Read("a", 2);
        left.Refresh(null!);
        Assert.Equal([2], CacheRig.Drain(left));
        Assert.Empty(rig.DoneOffsets);

        var right = rig.Cursor("a");
        pin.Dispose();
        rig.Purge();
        Assert.Empty(rig.DoneOffsets);
        Assert.Equal([1, 2], CacheRig.Drain(right));
        Assert.Equal([1, 2], rig.DoneOffsets);
    }

    [Fact]
    public void What_was_delivered_while_a_pin_was_there_is_done_with_the_next_read()
    {
        var rig = new CacheRig();
        rig.Read("a", 1);
        var pin = rig.Cursor("a");
        Assert.Equal([1], CacheRig.Drain(rig.Cursor("a")));
        pin.Dispose();
        Assert.Empty(rig.DoneOffsets);

        rig.Purge();

        Assert.Equal([1], rig.DoneOffsets);
    }

    // An agent that stops closes the cursors of its streams one after another, and reads no more.
    [Fact]
    public void Closing_the_cursors_of_several_subscribers_acknowledges_nothing_for_any()
    {
        var rig = new CacheRig();
        rig.Read("a", 1);
        var (left, right) = (rig.Cursor("a"), rig.Cursor("a"));
        CacheRig.Drain(left);

        right.Dispose();
        left.Dispose();

        Assert.Empty(rig.DoneOffsets);
    }

    // A registration that takes longer than a stream is thought to be alive leaves a cursor that nobody moves any more.
    [Fact]
    public void A_forgotten_cursor_holds_nothing_back()
    {
        var rig = new CacheRig();
        rig.Read("a", 1);
        var forgotten = rig.Cursor("a");
        CacheRig.Drain(forgotten);
        var cursor = rig.Cursor("a");
        rig.Read("a", 2);
        cursor.Refresh(null!);

        Assert.Equal([2], CacheRig.Drain(cursor));

        Assert.Equal([1, 2], rig.DoneOffsets);
        Assert.False(forgotten.MoveNext());
    }

    [Fact]
    public void One_stream_does_not_hold_up_another()
    {
        var rig = new CacheRig();
        rig.Read("stuck", 1);
        var stuck = rig.Cursor("stuck");
        CacheRig.Next(stuck);
        rig.Read("free", 2);
        rig.Read("stuck", 3);

        Assert.Equal([2], CacheRig.Drain(rig.Cursor("free")));

        Assert.Equal([2], rig.DoneOffsets);
        Assert.Equal([3], CacheRig.Drain(stuck));
        Assert.Equal([2, 1, 3], rig.DoneOffsets);
    }

    // As a pulling agent does that was told of another place: it opens a cursor there and skips the container.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_000)]
    public void Tokens_are_ignored_unless_streams_rewind(long offset)
    {
        var rig = new CacheRig();
        for (var i = 1; i < 4; i++) rig.Read("a", i);

        var cursor = rig.Cursor("a", rig.Token(offset, index: int.MaxValue));
        cursor.MoveNext();

        Assert.Equal([1, 2, 3], CacheRig.Drain(cursor));
    }

    [Fact]
    public void What_waits_is_delivered_at_once_up_to_the_limit()
    {
        var rig = new CacheRig(maxRecords: 5);
        rig.Read("a", 1);
        var cursor = rig.Cursor("a");
        Assert.Equal([1], CacheRig.Offsets(CacheRig.Next(cursor)!));
        for (var offset = 2; offset < 10; offset++) rig.Read("a", offset);
        rig.Read("a", 10, 11, 12, 13, 14, 15);

        Assert.Equal([2, 3, 4, 5, 6], CacheRig.Offsets(CacheRig.Next(cursor)!));
        Assert.Equal([7, 8, 9], CacheRig.Offsets(CacheRig.Next(cursor)!));
        Assert.Equal([1, 2, 3, 4, 5, 6], rig.DoneOffsets);
        Assert.Equal([10, 11, 12, 13, 14, 15], CacheRig.Offsets(CacheRig.Next(cursor)!));
    }

    [Fact]
    public void A_container_in_hand_does_not_grow()
    {
        var rig = new CacheRig(maxRecords: 100);
        rig.Read("a", 1);
        var cursor = rig.Cursor("a");
        var inHand = CacheRig.Next(cursor)!;

        rig.Read("a", 2);

        Assert.Equal([1], CacheRig.Offsets(inHand));
        cursor.RecordDeliveryFailure();
        Assert.Same(inHand, CacheRig.Next(cursor));
        Assert.Equal([2], CacheRig.Offsets(CacheRig.Next(cursor)!));
        Assert.Equal([1], rig.DoneOffsets);
    }

    [Fact]
    public void A_stream_that_is_done_and_closed_is_forgotten()
    {
        var rig = new CacheRig();
        for (var i = 0; i < 1_000; i++)
        {
            rig.Read(i, i);
            using var cursor = rig.Cursor(i);
            CacheRig.Drain(cursor);
        }

        Assert.Equal(0, rig.Cache.Streams);
    }

    [Fact]
    public void It_is_never_under_pressure_and_always_takes_more()
    {
        var rig = new CacheRig();
        for (var offset = 0; offset < 10_000; offset++) rig.Read("a", offset);

        Assert.False(rig.Cache.IsUnderPressure());
        Assert.True(rig.Cache.GetMaxAddCount() > 0);
    }

    [Fact]
    public void Events_of_another_type_than_is_asked_for_are_an_error()
    {
        var container = new CacheRig().Read("a", 1);

        Assert.Throws<InvalidCastException>(() => container.GetEvents<string>().ToList());
    }
}
