using Orleans.Streams;

namespace OrleansIngest.Orleans.Tests.Streaming.Caching;

/// <summary>Going back to a token, within what is kept.</summary>
public sealed class RewindTests
{
    private readonly CacheRig _rig = new(rewindBytes: 5 * CacheRig.RecordBytes);

    [Fact]
    public void A_cursor_goes_back_to_the_container_that_holds_the_token()
    {
        Deliver(1, 2, 3);
        _rig.Read("a", 4);

        Assert.Equal([2, 3, 4], CacheRig.Drain(_rig.Cursor("a", _rig.Token(2))));
        Assert.Equal([1, 2, 3, 4], _rig.DoneOffsets);
    }

    [Fact]
    public void A_log_that_begins_at_zero_is_no_exception()
    {
        Deliver(0, 1);

        Assert.Equal([0, 1], CacheRig.Drain(_rig.Cursor("a", _rig.Token(0))));
    }

    [Fact]
    public void Without_token_it_begins_with_what_is_not_done()
    {
        Deliver(1, 2, 3);
        _rig.Read("a", 4);

        Assert.Equal([4], CacheRig.Drain(_rig.Cursor("a")));
    }

    [Fact]
    public void What_is_not_done_is_never_skipped_whatever_the_token()
    {
        _rig.Read("a", 1);
        _rig.Read("a", 2);

        Assert.Equal([1, 2], CacheRig.Drain(_rig.Cursor("a", _rig.Token(2))));
    }

    // A delivery that took longer than the response timeout: the subscriber has it, and says so when it is tried again.
    [Fact]
    public void A_container_that_the_subscriber_says_it_has_is_skipped_and_done()
    {
        _rig.Read("a", 1);
        var cursor = _rig.Cursor("a");
        var container = CacheRig.Next(cursor)!;
        _rig.Read("a", 2);

        var next = _rig.Cursor("a", (OrleansIngest.Streaming.Kafka.KafkaSequenceToken)container.SequenceToken);
        next.MoveNext();
        cursor.Dispose();

        Assert.Equal([2], CacheRig.Drain(next));
        Assert.Equal([1, 2], _rig.DoneOffsets);
    }

    [Fact]
    public void What_is_no_longer_kept_is_refused_with_a_message()
    {
        Deliver(1, 2, 3, 4, 5, 6, 7, 8);

        var refused = Assert.Throws<QueueCacheMissException>(() => _rig.Cursor("a", _rig.Token(3)));
        Assert.Contains("RewindBytes", refused.Message);
        Assert.Equal([4, 5, 6, 7, 8], CacheRig.Drain(_rig.Cursor("a", _rig.Token(4))));
    }

    [Fact]
    public void What_came_before_this_silo_took_the_partition_is_refused()
    {
        Deliver(100, 101);

        Assert.Throws<QueueCacheMissException>(() => _rig.Cursor("a", _rig.Token(99)));
        Assert.Throws<QueueCacheMissException>(() => _rig.Cursor("another", _rig.Token(99)));
    }

    [Fact]
    public void The_token_of_a_container_asks_for_nothing_and_is_never_refused()
    {
        Deliver(100, 101);
        _rig.Read("a", 102);

        Assert.Equal([102], CacheRig.Drain(_rig.Cursor("a", _rig.Token(50, index: int.MaxValue))));
    }

    [Fact]
    public void A_token_of_another_partition_is_ignored_and_told_of()
    {
        Deliver(1, 2, 3);
        _rig.Read("a", 4);

        Assert.Equal([4], CacheRig.Drain(_rig.Cursor("a", _rig.Token(2, partition: 7))));
        Assert.Equal([CacheRig.Stream("a")], _rig.ForeignTokens);
    }

    [Fact]
    public void A_slow_subscriber_that_went_back_is_told_when_it_missed_something()
    {
        Deliver(1, 2, 3);
        var slow = _rig.Cursor("a", _rig.Token(1));
        Assert.Equal([1], CacheRig.Offsets(CacheRig.Next(slow)!));
        var others = _rig.Cursor("b");
        for (var offset = 10; offset < 20; offset++) _rig.Read("b", offset);
        CacheRig.Drain(others);

        Assert.Throws<QueueCacheMissException>(() => slow.MoveNext());
    }

    [Fact]
    public void Kept_containers_stay_within_the_limit()
    {
        Deliver([.. Enumerable.Range(1, 1_000).Select(i => (long)i)]);

        Assert.Equal([996, 997, 998, 999, 1000], CacheRig.Drain(_rig.Cursor("a", _rig.Token(996))));
        Assert.Throws<QueueCacheMissException>(() => _rig.Cursor("a", _rig.Token(995)));
    }

    private void Deliver(params long[] offsets)
    {
        using var cursor = _rig.Cursor("a");
        foreach (var offset in offsets)
        {
            _rig.Read("a", offset);
            cursor.Refresh(null!);
            Assert.Equal([offset], CacheRig.Drain(cursor));
        }
    }
}
