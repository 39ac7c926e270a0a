using System.Diagnostics;
using Confluent.Kafka;
using OrleansIngest.Kafka.Reading;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Kafka.Tests;

/// <summary>The broker away: at start, in mid-run, at shutdown.</summary>
public sealed class OutageTests : IDisposable
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("INGEST_LONG") == "1" ? 20 : 3);

    private readonly KafkaTestBroker _broker = KafkaTestBroker.StartOwn();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task An_outage_loses_and_repeats_nothing_and_is_logged_once()
    {
        var topic = await _broker.CreateTopicAsync("outage", 4);
        await _broker.ProduceAsync(topic, Messages.Numbered(4_000, 4));
        await using var rig = new ReaderRig(_broker, _broker.Options([topic]));
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Count == 4_000, "the first records arrived");

        _broker.BuiltIn.TakeDown();
        await Eventually.TrueAsync(() => !rig.Reader.Status.Connected, "the outage is noticed");
        Assert.Contains("no Kafka broker can be reached", rig.Reader.Status.Problem);
        await Task.Delay(Outage, Cancellation);
        _broker.BuiltIn.BringUp();
        await _broker.ProduceAsync(topic, Messages.Numbered(4_000, 4, from: 4_000));
        await Eventually.TrueAsync(() => rig.Count == 8_000, "the rest arrived");
        await Eventually.TrueAsync(() => rig.Reader.Status.Problem is null, "all is well again");

        Assert.All(rig.Consumers, c => Assert.Equal(Enumerable.Range(0, 2_000).Select(i => (long)i), c.Offsets));
        Assert.Equal(4, rig.Openings.Count);
        Assert.Equal(1, rig.Log.CountOf(101));
        Assert.Equal(1, rig.Log.CountOf(102));
        Assert.Equal(0, rig.Log.CountOf(103));
        await Eventually.TrueAsync(() => _broker.Committed(rig.Options.GroupId, topic, 4).All(o => o == 2_000), "the ends were committed");
    }

    [Fact]
    public async Task A_partition_without_a_leader_at_the_start_is_named_and_waited_for_without_hindering_others()
    {
        var topic = await _broker.CreateTopicAsync("led", 3);
        await _broker.ProduceAsync(topic, Messages.Numbered(9, 3));
        _broker.BuiltIn.SetLeader(topic, 1, null);
        await using var rig = new ReaderRig(_broker, _broker.Options([topic]));
        var assigned = rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Count == 6, "the others are read");
        await Eventually.TrueAsync(() => rig.Reader.Status.Problem is not null, "the partition is named");
        Assert.Equal($"waiting for partitions: {topic}[1] (no broker leads it: LeaderNotAvailable)", rig.Reader.Status.Problem);
        Assert.False(assigned.IsCompleted);

        _broker.BuiltIn.SetLeader(topic, 1, 1);
        await assigned.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        await Eventually.TrueAsync(() => rig.Count == 9, "it is read");
        await Eventually.TrueAsync(() => rig.Reader.Status.Problem is null, "all is well");
        await Eventually.TrueAsync(() => rig.Log.CountOf(117) == 1, "the end is logged");
        Assert.Equal((1, 0), (rig.Log.CountOf(116), rig.Log.CountOf(101)));
    }

    [Fact]
    public async Task A_leader_that_is_back_is_no_problem_while_opening_waits_for_the_database()
    {
        var topic = await _broker.CreateTopicAsync("back", 1);
        _broker.BuiltIn.SetLeader(topic, 0, null);
        await using var rig = new ReaderRig(_broker, _broker.Options([topic]));
        var database = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Gate = database.Task;
        var assigned = rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Reader.Status.Partitions is [{ Problem: not null }], "the partition is named");

        _broker.BuiltIn.SetLeader(topic, 0, 1);
        await Eventually.TrueAsync(
            () => rig.Reader.Status.Partitions[0] is { State: PartitionState.Opening } p && p.Problem?.Contains("leads it") != true, "its leader is back");
        Assert.False(assigned.IsCompleted);

        database.SetResult();
        await assigned.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
    }

    [Fact]
    public async Task A_partition_that_loses_its_leader_in_mid_run_is_named_while_the_others_go_on()
    {
        using var cluster = KafkaTestBroker.StartOwn(brokers: 2);
        var topic = await cluster.CreateTopicAsync("lost", 2);
        cluster.BuiltIn.SetLeader(topic, 0, 2);
        cluster.BuiltIn.SetLeader(topic, 1, 1);
        await cluster.ProduceAsync(topic, Messages.Numbered(4, 2));
        await using var rig = new ReaderRig(cluster, cluster.Options([topic]));
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Count == 4, "all records arrived");
        Assert.Null(rig.Reader.Status.Problem);

        cluster.BuiltIn.TakeDown(broker: 2);
        await Eventually.TrueAsync(() => rig.Reader.Status.Partitions[0].Problem is not null, "the loss is noticed", seconds: 60);
        Assert.Contains($"{topic}[0] (its leader does not answer", rig.Reader.Status.Problem);
        Assert.Null(rig.Reader.Status.Partitions[1].Problem);
        Assert.True(rig.Reader.Status.Connected);
        await cluster.ProduceAsync(topic, Enumerable.Repeat((1, new Message<byte[]?, byte[]?> { Value = [1] }), 3));
        await Eventually.TrueAsync(() => rig.Consumer(topic, 1).Count == 5, "the other is read on");

        cluster.BuiltIn.BringUp(broker: 2);
        await cluster.ProduceAsync(topic, Enumerable.Repeat((0, new Message<byte[]?, byte[]?> { Value = [1] }), 3));
        await Eventually.TrueAsync(() => rig.Consumer(topic, 0).Count == 5, "it is read on");
        await Eventually.TrueAsync(() => rig.Reader.Status.Problem is null, "all is well", seconds: 60);
        await Eventually.TrueAsync(() => rig.Log.CountOf(117) == 1, "the end is logged");
        Assert.Equal((1, 0), (rig.Log.CountOf(116), rig.Log.CountOf(101)));
        Assert.Equal(2, rig.Openings.Count);
    }

    [Fact]
    public async Task A_commit_that_fails_is_tried_again_and_logged_once()
    {
        const short offsetCommit = 8;
        var topic = await _broker.CreateTopicAsync("commit", 1);
        await using var rig = new ReaderRig(_broker, _broker.Options([topic]));
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Reader.Status.Partitions[0].Committed == 0, "the beginning was committed");
        _broker.BuiltIn.FailRequests(offsetCommit, [.. Enumerable.Repeat(ErrorCode.GroupAuthorizationFailed, 5)]);
        await _broker.ProduceAsync(topic, Messages.Numbered(10, 1));

        await Eventually.TrueAsync(() => rig.Reader.Status.Problem is not null, "the failure shows");
        Assert.Contains(rig.Options.GroupId, rig.Reader.Status.Problem);
        await Eventually.TrueAsync(() => rig.Reader.Status is { Problem: null, Partitions: [{ Committed: 10 }] }, "it was committed after all");
        Assert.Equal(1, rig.Log.CountOf(112));
        Assert.Equal(1, rig.Log.CountOf(113));
    }

    [Fact]
    public async Task An_idle_partition_is_committed_again_before_the_broker_forgets_it()
    {
        const short offsetCommit = 8;
        var topic = await _broker.CreateTopicAsync("recommit", 1);
        var options = _broker.Options([topic]);
        options.RecommitInterval = TimeSpan.FromSeconds(1);
        await using var rig = new ReaderRig(_broker, options);
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Reader.Status.Partitions[0].Committed == 0, "the beginning was committed");
        // Only a request that is made can be refused.
        _broker.BuiltIn.FailRequests(offsetCommit, ErrorCode.GroupAuthorizationFailed);
        await Eventually.TrueAsync(() => rig.Log.CountOf(112) == 1, "it was committed again", 5);
        await Eventually.TrueAsync(() => rig.Log.CountOf(113) == 1, "and that worked in the end", 5);
    }

    [Fact]
    public async Task A_reader_that_starts_before_the_broker_begins_once_it_is_there()
    {
        var topic = await _broker.CreateTopicAsync("early", 2);
        await _broker.ProduceAsync(topic, Messages.Numbered(10, 2));
        _broker.BuiltIn.TakeDown();
        await using var rig = new ReaderRig(_broker, _broker.Options([topic]));
        var assigned = rig.Reader.AssignAllAsync([topic], Cancellation);
        await Eventually.TrueAsync(() => rig.Log.CountOf(101) == 1, "the outage is logged");
        Assert.False(assigned.IsCompleted);
        _broker.BuiltIn.BringUp();
        await assigned.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        await Eventually.TrueAsync(() => rig.Count == 10, "all records arrived");
    }

    [Fact]
    public async Task Stopping_while_the_broker_is_away_takes_seconds()
    {
        var topic = await _broker.CreateTopicAsync("stop", 1);
        var rig = new ReaderRig(_broker, _broker.Options([topic])) { DoneAtOnce = false };
        await rig.Reader.AssignAllAsync([topic], Cancellation);
        await _broker.ProduceAsync(topic, Messages.Numbered(10, 1));
        await Eventually.TrueAsync(() => rig.Count == 10, "all records arrived");
        _broker.BuiltIn.TakeDown();
        await Eventually.TrueAsync(() => !rig.Reader.Status.Connected, "the outage is noticed");
        rig.Consumer(topic, 0).CompleteAll();

        var watch = Stopwatch.StartNew();
        await rig.Reader.StopReadingAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rig.Reader.CommitAsync(patience.Token));
        await rig.DisposeAsync();
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
    }
}
