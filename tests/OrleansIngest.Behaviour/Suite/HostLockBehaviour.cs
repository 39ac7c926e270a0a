using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Behaviour.Stages;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Behaviour.Suite;

/// <summary>Hosts that tolerate no other with their group id: all but silos of a cluster, which tolerate each other.</summary>
public abstract class HostLockBehaviour : HostBehaviour
{
    private const string LockHolder =
        "SELECT a.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND a.datname = current_database() AND l.database = a.datid";

    [Fact]
    public async Task A_second_host_refuses_to_start_and_names_the_first_and_starts_once_that_was_killed()
    {
        await using var stage = await SetStageAsync([RecordFormat.Raw]);
        var first = await stage.StartReadyHostAsync();

        var second = stage.StartHost();
        var exitCode = await second.WaitForExitAsync(Patience);
        Assert.NotEqual(0, exitCode);
        Assert.Contains($"/{first.Processes[0].Id} ", second.Log.Text);
        Assert.Contains(stage.GroupId, second.Log.Text);
        Assert.False(first.HasExited);

        await first.KillAsync();
        var third = await stage.StartReadyHostAsync();
        await ProveItWorksAsync(stage, third);
    }

    [Fact]
    public async Task Another_group_id_may_work_in_the_same_database()
    {
        await using var stage = await SetStageAsync([RecordFormat.Raw]);
        await stage.StartReadyHostAsync();
        await stage.StartReadyHostAsync(stage.Settings.With("Kafka:GroupId", $"{stage.GroupId}-other"));
    }

    [Fact]
    public async Task A_host_whose_lock_connection_was_terminated_takes_the_lock_again()
    {
        await using var stage = await SetStageAsync([RecordFormat.Raw]);
        var host = await stage.StartReadyHostAsync();

        Assert.True(await stage.QueryAsync<bool>($"SELECT pg_terminate_backend(pid) FROM ({LockHolder}) AS holder"));
        await host.WaitForEventAsync(HostEvents.LockRetaken, "the lock to be taken again", Patience);
        AssertTold(host, HostEvents.LockConnectionLost, times: 1);
        await ProveItWorksAsync(stage, host);

        var other = stage.StartHost();
        Assert.NotEqual(0, await other.WaitForExitAsync(Patience));
    }

    [Fact]
    public async Task A_host_whose_lock_was_taken_by_another_ends_and_names_it()
    {
        await using var stage = await SetStageAsync([RecordFormat.Raw]);
        var host = await stage.StartReadyHostAsync();
        await using var rival = await stage.Database.OpenConnectionAsync(Cancelled);
        await using var wait = new Npgsql.NpgsqlCommand(
            "SELECT pg_advisory_lock((l.classid::bigint << 32) | l.objid::bigint) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND d.datname = current_database() LIMIT 1", rival);

        // Queued before the lock is free, so that the rival gets it, not the host.
        var taking = wait.ExecuteNonQueryAsync(Cancelled);
        await Await.UntilAsync(
            "the rival to wait for the lock", Patience,
            async () => await stage.QueryAsync<long>("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()") == 1,
            host.Describe, Cancelled);
        await stage.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM ({LockHolder}) AS holder");
        await taking;

        var exitCode = await host.WaitForExitAsync(Patience);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("test at 127.0.0.1", host.Log.Text);
    }

    private static async Task ProveItWorksAsync(Stage stage, RunningHost host)
    {
        var load = Load.Make(stage.Topics, 500, seed: 22, trouble: false);
        await stage.SendAsync(load);
        await stage.WaitUntilDoneAsync(host, Patience);
        await stage.AssertHoldsAsync(load);
    }
}
