using System.Diagnostics;
using OrleansIngest.Behaviour;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Grains;

namespace OrleansIngest.Orleans.Tests.Devices;

/// <summary>What a device grain takes, keeps and answers.</summary>
public sealed class DeviceGrainTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ShortDelivery = TimeSpan.FromMilliseconds(600);

    private DeviceStage _stage = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await DeviceStage.SetAsync();

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task What_is_sent_is_stored_and_committed_and_known_of_the_device()
    {
        await using var cluster = await DeviceCluster.StartAsync(_stage);

        await _stage.SendAsync("a", 0, 500);
        await _stage.SendAsync("b", 0, 300, partition: 1);
        await StoredAsync(800);

        var view = (await cluster.Device("a").GetAsync())!;
        Assert.Equal(("a", 500L, 0L, true), (view.DeviceId, view.Records, view.Late, view.Durable));
        Assert.Equal((DeviceStage.TimeOf(0), DeviceStage.TimeOf(499)), (view.FirstSeen, view.LastSeen));
        Assert.Equal(new DeviceValue("m", "value", "1", 499, DeviceStage.TimeOf(499)), Assert.Single(view.Values));
        Assert.Equal(300, (await cluster.Device("b").GetAsync())!.Records);
        await UntilAsync("everything is committed", async () => await _stage.CommittedAsync() == 800);
    }

    [Fact]
    public async Task While_the_writer_is_stuck_it_answers_at_once_and_its_batch_is_handed_in_once_and_counted_once()
    {
        await using var cluster = await DeviceCluster.StartAsync(_stage, patience: ShortDelivery);
        await _stage.SendAsync("a", 0, 10);
        await StoredAsync(10);

        cluster.Writer.Hold();
        await _stage.SendAsync("a", 10, 10);
        await UntilAsync("the batch is handed in", () => Task.FromResult(cluster.Writer.HandedIn.Count > 1));
        // Long enough for it to be given back and delivered again several times.
        await Task.Delay(ShortDelivery * 5, Cancelled);

        var asked = Stopwatch.GetTimestamp();
        var waiting = (await cluster.Device("a").GetAsync())!;
        Assert.True(Stopwatch.GetElapsedTime(asked) < TimeSpan.FromSeconds(1), $"It answered after {Stopwatch.GetElapsedTime(asked)}.");
        Assert.Equal((20L, false), (waiting.Records, waiting.Durable));
        Assert.Equal(10, await _stage.RowsAsync());

        cluster.Writer.Release();
        await StoredAsync(20);
        await UntilAsync("it is durable", async () => (await cluster.Device("a").GetAsync())!.Durable);
        Assert.Equal(20, (await cluster.Device("a").GetAsync())!.Records);
        Assert.All(cluster.Writer.HandedIn.Values, times => Assert.Equal(1, times));
    }

    [Fact]
    public async Task A_batch_whose_write_failed_is_handed_in_again_and_counted_once()
    {
        await using var cluster = await DeviceCluster.StartAsync(_stage);
        await _stage.SendAsync("a", 0, 5);
        await StoredAsync(5);

        cluster.Writer.FailNext(3);
        await _stage.SendAsync("a", 5, 5);
        await StoredAsync(10);

        await UntilAsync("it is durable", async () => (await cluster.Device("a").GetAsync())!.Durable);
        var view = (await cluster.Device("a").GetAsync())!;
        Assert.Equal((10L, 0L), (view.Records, view.Late));
        Assert.Equal(4, cluster.Writer.HandedIn.Values.Max());
    }

    [Fact]
    public async Task Other_devices_of_its_partition_are_not_kept_waiting()
    {
        await using var cluster = await DeviceCluster.StartAsync(_stage, patience: ShortDelivery);
        await _stage.SendAsync("stuck", 0, 1);
        await StoredAsync(1);
        cluster.Writer.Hold();
        await _stage.SendAsync("stuck", 1, 1);
        await UntilAsync("it is stuck", () => Task.FromResult(cluster.Writer.HandedIn.Count > 1));

        cluster.Writer.HoldOnly("stuck");
        await _stage.SendAsync("other", 0, 50);
        await StoredAsync(51);
        Assert.Equal(1, await _stage.CommittedAsync());

        cluster.Writer.Release();
        await StoredAsync(52);
    }

    [Fact]
    public async Task A_device_that_fails_waits_and_goes_on_in_order_while_others_are_not_delayed()
    {
        var outage = Scale.Seconds(120, 6);
        await using var cluster = await DeviceCluster.StartAsync(_stage);
        cluster.Writer.FailOnly("failing");
        var began = Stopwatch.GetTimestamp();
        var (rounds, slowest) = (0, TimeSpan.Zero);
        for (; Stopwatch.GetElapsedTime(began) < outage; rounds++)
        {
            var sent = Stopwatch.GetTimestamp();
            await _stage.SendAsync("failing", rounds * 5, 5);
            await _stage.SendAsync("other", rounds * 5, 5);
            await StoredAsync((rounds + 1) * 5);
            if (Stopwatch.GetElapsedTime(sent) is var took && took > slowest) slowest = took;
            await Task.Delay(200, Cancelled);
        }

        Assert.True(slowest < TimeSpan.FromSeconds(5), $"Another device of the partition waited {slowest}.");
        Assert.Equal(0, await _stage.CommittedAsync());
        Assert.Empty(cluster.Writer.PassedOf("failing"));
        // Why it fails is told, and told once, however often it is tried.
        Assert.True(cluster.Writer.HandedIn.Values.Max() > 2);
        Assert.Contains("failing", Assert.Single(cluster.Log.Lines, l => l.Event == 602).Text);
        Assert.Equal(0, cluster.Log.CountOf(603));

        cluster.Writer.FailOnly(null);
        await StoredAsync(rounds * 10);
        await UntilAsync("everything is committed", async () => await _stage.CommittedAsync() == rounds * 10);
        foreach (var device in (string[])["failing", "other"])
        {
            Assert.Equal(cluster.Writer.PassedOf(device).Order(), cluster.Writer.PassedOf(device));
            Assert.Equal((rounds * 5L, 0L), ((await cluster.Device(device).GetAsync())!.Records, (await cluster.Device(device).GetAsync())!.Late));
        }

        Assert.Equal((1, 1), (cluster.Log.CountOf(602), cluster.Log.CountOf(603)));
    }

    [Fact]
    public async Task A_device_that_comes_through_two_partitions_by_turns_loses_nothing_and_counts_each_once()
    {
        await using var cluster = await DeviceCluster.StartAsync(_stage);

        for (var turn = 0; turn < 10; turn++) await _stage.SendAsync("a", turn * 20, 20, partition: turn % 2);
        await StoredAsync(200);

        Assert.Equal(200, (await cluster.Device("a").GetAsync())!.Records);
        await UntilAsync("everything is committed", async () => await _stage.CommittedAsync() == 200);
    }

    [Fact]
    public async Task Its_state_survives_deactivation_and_goes_on()
    {
        await using var cluster = await DeviceCluster.StartAsync(_stage);
        await _stage.SendAsync("a", 0, 100);
        await StoredAsync(100);
        await UntilAsync("it is durable", async () => (await cluster.Device("a").GetAsync())!.Durable);
        var before = (await cluster.Device("a").GetAsync())!;

        await UntilAsync("it has left memory", async () =>
        {
            await cluster.CollectAsync();
            return await cluster.ActiveDevicesAsync() == 0;
        });
        Assert.Equal(1L, await _stage.Database.ScalarAsync<long>("SELECT count(*) FROM device_state WHERE device_id = 'a' AND state->>'records' = '100'"));
        AssertSame(before, (await cluster.Device("a").GetAsync())!);

        await _stage.SendAsync("a", 100, 50);
        await StoredAsync(150);
        Assert.Equal(150, (await cluster.Device("a").GetAsync())!.Records);
    }

    [Fact]
    public async Task Its_state_survives_a_restart_of_the_cluster()
    {
        DeviceView before;
        await using (var first = await DeviceCluster.StartAsync(_stage))
        {
            await _stage.SendAsync("a", 0, 100);
            await StoredAsync(100);
            await UntilAsync("it is durable", async () => (await first.Device("a").GetAsync())!.Durable);
            before = (await first.Device("a").GetAsync())!;
        }

        await using var second = await DeviceCluster.StartAsync(_stage);
        AssertSame(before, (await second.Device("a").GetAsync())!);
        await _stage.SendAsync("a", 100, 10);
        await StoredAsync(110);
        Assert.Equal(110, (await second.Device("a").GetAsync())!.Records);
    }

    [Fact]
    public async Task Its_twin_is_kept_once_an_interval_without_deactivation()
    {
        await using var cluster = await DeviceCluster.StartAsync(_stage, change: s => s.Devices.StatePersistInterval = TimeSpan.FromSeconds(2));

        await _stage.SendAsync("a", 0, 100);
        await StoredAsync(100);

        await UntilAsync("its twin is kept", async () => await _stage.Database.ScalarAsync<long>(
            "SELECT count(*) FROM device_state WHERE device_id = 'a' AND state->>'records' = '100'") == 1);
        Assert.Equal(1, await cluster.ActiveDevicesAsync());
    }

    [Fact]
    public async Task Nothing_is_known_of_an_unknown_id_and_asking_leaves_nothing_in_memory()
    {
        await using var cluster = await DeviceCluster.StartAsync(_stage);

        Assert.All(await Task.WhenAll(Enumerable.Range(0, 50).Select(i => cluster.Device($"nobody {i}").GetAsync())), Assert.Null);

        await UntilAsync("nothing of it is active", async () => await cluster.ActiveDevicesAsync() == 0);
    }

    [Fact]
    public async Task A_device_that_was_only_asked_for_leaves_again_and_one_that_is_fed_stays()
    {
        await using (var first = await DeviceCluster.StartAsync(_stage))
        {
            await _stage.SendAsync("known", 0, 1);
            await StoredAsync(1);
        }

        await using var cluster = await DeviceCluster.StartAsync(_stage);
        await _stage.SendAsync("fed", 0, 1);
        await StoredAsync(2);

        Assert.Equal(1, (await cluster.Device("known").GetAsync())!.Records);
        Assert.Equal(1, (await cluster.Device("fed").GetAsync())!.Records);
        await UntilAsync("only the one that is fed is active", async () => await cluster.ActiveDevicesAsync() == 1);
    }

    private Task StoredAsync(long rows) => UntilAsync($"{rows} rows are stored", async () => await _stage.RowsAsync() >= rows);

    private static Task UntilAsync(string what, Func<Task<bool>> holds) => Await.UntilAsync(what, Patience, holds, () => "", Cancelled);

    private static void AssertSame(DeviceView expected, DeviceView actual)
    {
        Assert.Equal(expected with { Values = [] }, actual with { Values = [] });
        Assert.Equal(expected.Values, actual.Values);
    }
}
