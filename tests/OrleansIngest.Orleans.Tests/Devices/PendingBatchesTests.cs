using OrleansIngest.Grains.Devices;

namespace OrleansIngest.Orleans.Tests.Devices;

/// <summary>Which delivery a batch that comes again waits for.</summary>
public sealed class PendingBatchesTests
{
    private readonly PendingBatches _pending = new();
    private readonly TaskCompletionSource _delivery = new();

    [Fact]
    public void A_batch_that_comes_again_waits_for_the_delivery_under_way()
    {
        _pending.Keep(Given.Batch(10, 5), _delivery.Task);

        Assert.Same(_delivery.Task, _pending.Find(Given.Batch(10, 5)));
        Assert.Null(_pending.Find(Given.Batch(10, 4)));
        Assert.Null(_pending.Find(Given.Batch(11, 4)));
        Assert.Null(_pending.Find(Given.Batch(10, 5, source: Given.Source(partition: 1))));
        Assert.Null(_pending.Find(Given.Batch(10, 5, source: Given.Source(epoch: 1))));
    }

    [Fact]
    public void One_whose_delivery_failed_begins_again_and_takes_its_place()
    {
        _delivery.SetException(new InvalidOperationException());
        _pending.Keep(Given.Batch(10, 5), _delivery.Task);
        Assert.Null(_pending.Find(Given.Batch(10, 5)));

        var second = new TaskCompletionSource();
        _pending.Keep(Given.Batch(10, 5), second.Task);

        Assert.Same(second.Task, _pending.Find(Given.Batch(10, 5)));
        Assert.Equal(1, _pending.Count);
        _ = _delivery.Task.Exception;
    }

    [Fact]
    public void What_is_stored_and_what_lies_before_it_in_its_log_is_pending_no_longer()
    {
        foreach (var first in new[] { 0, 10, 20 }) _pending.Keep(Given.Batch(first, 10), Task.CompletedTask);
        _pending.Keep(Given.Batch(0, 10, source: Given.Source(partition: 1)), Task.CompletedTask);

        // Cut otherwise, as by the silo that reads the partition now.
        _pending.Stored(Given.Batch(5, 15));

        Assert.Equal(2, _pending.Count);
        Assert.NotNull(_pending.Find(Given.Batch(20, 10)));
        Assert.NotNull(_pending.Find(Given.Batch(0, 10, source: Given.Source(partition: 1))));
    }

    [Fact]
    public void What_is_of_an_epoch_that_has_ended_is_pending_no_longer()
    {
        _pending.Keep(Given.Batch(1_000, 10), Task.CompletedTask);

        _pending.Stored(Given.Batch(0, 1, source: Given.Source(epoch: 1)));

        Assert.Equal(0, _pending.Count);
    }

    [Fact]
    public void A_delivery_that_is_still_under_way_stays_pending()
    {
        _pending.Keep(Given.Batch(0, 10), _delivery.Task);

        _pending.Stored(Given.Batch(10, 10));

        Assert.Same(_delivery.Task, _pending.Find(Given.Batch(0, 10)));
    }
}
