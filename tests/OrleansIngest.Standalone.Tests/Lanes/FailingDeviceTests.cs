using OrleansIngest.Core.Delivery;
using OrleansIngest.Testing.Kafka;
using OrleansIngest.Testing.Timescale;

namespace OrleansIngest.Standalone.Tests.Lanes;

/// <summary>What becomes of a device for which something fails by a defect, and of its neighbours.</summary>
public sealed class FailingDeviceTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private TestDatabase _database = null!;
    private LaneRig _rig = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _rig = new LaneRig(_database);
    }

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task What_came_back_is_tried_again_in_order_and_neither_counted_nor_stored_twice()
    {
        var failures = 2;
        await _rig.DeliverAsync("a", 0).WaitAsync(Patience, Cancellation);
        var posted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Writer.Gate = posted.Task;
        _rig.Writer.Fails = batch => batch.Records[0].Source.Offset == 2 && Interlocked.Decrement(ref failures) >= 0;
        var sent = new List<Task> { _rig.DeliverAsync("a", 1), _rig.DeliverAsync("a", 2), _rig.DeliverAsync("a", 3) };
        posted.SetResult();
        await FailedAsync(times: 1);
        sent.Add(_rig.DeliverAsync("a", 4));
        _rig.Clock.Ring();
        await FailedAsync(times: 2);
        Assert.DoesNotContain(sent[1..], s => s.IsCompleted);
        _rig.Clock.Ring();
        await Task.WhenAll(sent).WaitAsync(Patience, Cancellation);

        Assert.Equal([0, 1, 2, 3, 2, 3, 4, 2, 3, 4], _rig.Writer.Calls("a"));
        Assert.Equal(5, await _rig.RowsAsync("a"));
        await WorksAsync();
        Assert.Equal(5, (await _rig.KeepTwinsAsync(Cancellation))["a"]);
        Assert.Equal((2, 0), (_rig.Lanes.Failures, _rig.Lanes.HeldRecords));
        Assert.Contains("a defect of the writer", Assert.Single(_rig.Log.Of(LogLines.DeviceFails)));
        Assert.Single(_rig.Log.Of(LogLines.DeviceWorks));
    }

    [Fact]
    public async Task The_others_go_on_and_their_twins_are_kept()
    {
        _rig.Writer.Fails = batch => batch.StreamKey == "a";
        var failing = _rig.DeliverAsync("a", 0);
        await FailedAsync(times: 1);
        await Task.WhenAll(Enumerable.Range(1, 100).Select(i => _rig.DeliverAsync($"b{i % 10}", i))).WaitAsync(Patience, Cancellation);
        Assert.False(failing.IsCompleted);
        await Eventually.TrueAsync(() => _rig.Lanes is { Failing: 1, HeldRecords: 1 }, "it is counted");
        Assert.StartsWith("1 fails by a defect: 'a' (", _rig.Lanes.Problem);

        var kept = await _rig.KeepTwinsAsync(Cancellation);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"b{i}"), kept.Keys.Order(StringComparer.Ordinal));
        Assert.All(kept.Values, records => Assert.Equal(10, records));

        _rig.Writer.Fails = static _ => false;
        _rig.Clock.Ring();
        await failing.WaitAsync(Patience, Cancellation);
        await WorksAsync();
        Assert.Equal(1, (await _rig.KeepTwinsAsync(Cancellation))["a"]);
    }

    [Fact]
    public async Task It_is_tried_less_and_less_often_and_the_log_tells_it_once()
    {
        double[] seconds = [1, 2, 4, 8, 16, 30, 30, 30, 30];
        _rig.Writer.Fails = static _ => true;
        var failing = _rig.DeliverAsync("a", 0);
        for (var i = 1; i < seconds.Length; i++)
        {
            await FailedAsync(i);
            _rig.Clock.Ring();
        }

        await FailedAsync(seconds.Length);
        _rig.Writer.Fails = static _ => false;
        _rig.Clock.Ring();
        await failing.WaitAsync(Patience, Cancellation);
        Assert.All(_rig.Clock.Delays.Zip(seconds), d => Assert.InRange(d.First.TotalSeconds, d.Second / 2, Math.Min(d.Second * 1.5, 30)));
        await WorksAsync();
        Assert.Single(_rig.Log.Of(LogLines.DeviceFails));
        Assert.Contains($"{seconds.Length} failures", Assert.Single(_rig.Log.Of(LogLines.DeviceWorks)));

        // What fails later is another outage, and waits as briefly as the first.
        _rig.Writer.Fails = static _ => true;
        _ = _rig.DeliverAsync("a", 1);
        await FailedAsync(seconds.Length + 1);
        Assert.InRange(_rig.Clock.Delays[^1].TotalSeconds, 0.5, 1.5);
        Assert.Equal(2, _rig.Log.Of(LogLines.DeviceFails).Count);
    }

    [Fact]
    public async Task Many_at_once_are_counted_and_a_few_are_told()
    {
        _rig.Writer.Fails = static _ => true;
        var failing = Enumerable.Range(0, 50).Select(i => _rig.DeliverAsync($"d{i}", i)).ToList();
        await FailedAsync(times: 50);
        await Eventually.TrueAsync(() => _rig.Lanes is { Failing: 50, HeldRecords: 50 }, "all are counted");
        Assert.Equal(10, _rig.Log.Of(LogLines.DeviceFails).Count);
        Assert.Matches("^50 fail by a defect: ('d[0-9]+', ){3}… ", _rig.Lanes.Problem);

        _rig.Writer.Fails = static _ => false;
        _rig.Clock.Ring();
        await Task.WhenAll(failing).WaitAsync(Patience, Cancellation);
        await WorksAsync();
        Assert.Equal(10, _rig.Log.Of(LogLines.DeviceWorks).Count);
    }

    [Fact]
    public async Task One_twin_that_cannot_be_loaded_does_not_hold_up_those_it_is_loaded_with()
    {
        const int neighbours = 99;
        var gate = new TaskCompletionSource();
        _rig.Twins.Gate = gate.Task;
        _rig.Twins.Broken = "broken";
        var others = new List<Task> { _rig.DeliverAsync("first", 0) };
        await Eventually.TrueAsync(() => _rig.Twins.Loads.Count == 1, "the first is being loaded");
        // All of these wait for the next load.
        others.AddRange(Enumerable.Range(1, neighbours).Select(i => _rig.DeliverAsync($"n{i}", i)));
        List<Task> broken = [_rig.DeliverAsync("broken", neighbours + 1), _rig.DeliverAsync("broken", neighbours + 2)];
        await Eventually.TrueAsync(() => _rig.Lanes.Loading == neighbours + 2, "they are waited for");
        gate.SetResult();
        await Task.WhenAll(others).WaitAsync(Patience, Cancellation);
        await FailedAsync(times: 1);
        Assert.Contains(neighbours + 1, _rig.Twins.Loads);
        Assert.InRange(_rig.Twins.Loads.Count, 3, 20);
        Assert.Equal((1, 2), (_rig.Lanes.Failing, _rig.Lanes.HeldRecords));
        Assert.Contains("'broken'", Assert.Single(_rig.Log.Of(LogLines.DeviceFails)));

        _rig.Twins.Broken = null;
        _rig.Clock.Ring();
        await Task.WhenAll(broken).WaitAsync(Patience, Cancellation);
        await WorksAsync();
        Assert.Equal(2, (await _rig.KeepTwinsAsync(Cancellation))["broken"]);
    }

    [Fact]
    public async Task At_shutdown_it_is_given_up_at_once()
    {
        _rig.Writer.Fails = static _ => true;
        _rig.Twins.Broken = "broken";
        List<Task> failing = [_rig.DeliverAsync("a", 0), _rig.DeliverAsync("a", 1), _rig.DeliverAsync("broken", 2)];
        await FailedAsync(times: 2);
        failing.Add(_rig.DeliverAsync("a", 3));
        await _rig.DisposeAsync().AsTask().WaitAsync(Patience, Cancellation);
        foreach (var delivery in failing) await Assert.ThrowsAsync<WriterStoppedException>(() => delivery.WaitAsync(Patience, Cancellation));
    }

    [Fact]
    public async Task A_lane_that_ends_by_a_defect_of_its_own_leaves_nobody_waiting()
    {
        var loading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Twins.Gate = loading.Task;
        List<Task> given = [_rig.DeliverAsync("waits for its twin", 0)];
        await Eventually.TrueAsync(() => _rig.Twins.Loads.Count == 1, "its twin is being loaded");

        _rig.Clock.Broken = true;
        given.Add(_rig.DeliverAsync("meets the defect", 1));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _rig.Lanes.Ended.WaitAsync(Patience, Cancellation));
        given.Add(_rig.DeliverAsync("comes too late", 2));

        foreach (var delivery in given) await Assert.ThrowsAsync<WriterStoppedException>(() => delivery.WaitAsync(Patience, Cancellation));
        Assert.Empty(await _rig.KeepTwinsAsync(Cancellation).WaitAsync(Patience, Cancellation));
        loading.SetResult();
    }

    [Fact]
    public async Task Whoever_asks_for_snapshots_of_a_busy_lane_can_stop_waiting_and_nothing_is_missing_from_the_next()
    {
        await _rig.DeliverAsync("a", 0).WaitAsync(Patience, Cancellation);
        using var busy = new ManualResetEventSlim();
        _rig.Writer.Fails = _ => !busy.Wait(Patience, Cancellation);
        var held = _rig.DeliverAsync("a", 1);
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var keeping = _rig.KeepTwinsAsync(impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping.WaitAsync(Patience, Cancellation));

        busy.Set();
        await held.WaitAsync(Patience, Cancellation);
        Assert.Equal(2, (await _rig.KeepTwinsAsync(Cancellation))["a"]);
    }

    [Fact]
    public async Task A_device_and_the_events_of_a_partition_may_have_the_same_key()
    {
        const string key = "topic/0";
        await _rig.DeliverEventAsync(key, 0).WaitAsync(Patience, Cancellation);
        await _rig.DeliverAsync(key, 1).WaitAsync(Patience, Cancellation);
        await _rig.DeliverEventAsync(key, 2).WaitAsync(Patience, Cancellation);
        Assert.Equal(1, await _rig.RowsAsync(key));
        Assert.Equal(2, await _database.ScalarAsync<long>("SELECT count(*) FROM events"));
        Assert.Equal(1, (await _rig.KeepTwinsAsync(Cancellation))[key]);
    }

    [Fact]
    public async Task Events_that_fail_are_tried_again_too()
    {
        var failures = 1;
        var posted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Writer.Gate = posted.Task;
        _rig.Writer.Fails = _ => Interlocked.Decrement(ref failures) >= 0;
        List<Task> events = [_rig.DeliverEventAsync("topic/0", 0), _rig.DeliverEventAsync("topic/0", 1)];
        posted.SetResult();
        await FailedAsync(times: 1);
        _rig.Clock.Ring();
        await Task.WhenAll(events).WaitAsync(Patience, Cancellation);
        Assert.Equal([0, 1, 0, 1], _rig.Writer.Calls("topic/0"));
        Assert.Equal(2, await _database.ScalarAsync<long>("SELECT count(*) FROM events"));
        await WorksAsync();
    }

    // Once it waits to be tried again, and everything that follows what failed has come back.
    private async Task FailedAsync(int times)
    {
        await Eventually.TrueAsync(() => _rig.Clock.Delays.Count == times, $"devices have failed {times} times");
        Assert.NotNull(_rig.Lanes.Problem);
    }

    private async Task WorksAsync()
    {
        await Eventually.TrueAsync(() => _rig.Lanes.Failing == 0, "no device fails any more");
        Assert.Null(_rig.Lanes.Problem);
    }
}
