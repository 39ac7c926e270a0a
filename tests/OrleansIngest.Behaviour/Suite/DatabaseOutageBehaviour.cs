using Npgsql;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Behaviour.Stages;

namespace OrleansIngest.Behaviour.Suite;

/// <summary>A database that is away or refuses to work, in mid-stream.</summary>
public abstract class DatabaseOutageBehaviour : HostBehaviour
{
    private const long MaxInFlightBytes = 2 * 1024 * 1024;

    // What one poll may bring beyond the limit, and what is gathered within Kafka:PollInterval.
    private const long Overshoot = 2 * 1024 * 1024;

    [Fact]
    public async Task Survives_that_the_server_is_stopped_and_started_again()
    {
        await using var stage = await SetStageAsync(ownServer: true);
        var host = await SurviveAsync(stage, stage.StopServerAsync, stage.StartServerAsync, Scale.Seconds(30, 5), noticed: true);

        AssertEachToldOnce(host);
        AssertTold(host, StoringFails, times: 1);
    }

    [Fact]
    public async Task Survives_that_its_connections_are_terminated()
    {
        await using var stage = await SetStageAsync();
        var (host, load) = await BeginAsync(stage);

        var terminated = await stage.QueryAsync<long>(
            "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'orleans-ingest%') AS t");
        Assert.True(terminated >= 2, $"Only {terminated} connections were there to be terminated.");
        await stage.SendAsync(load.Later);
        await stage.WaitUntilDoneAsync(host, Patience);

        await stage.AssertHoldsAsync(load.Sooner.Then(load.Later));
        AssertTold(host, HostEvents.LockConnectionLost, times: 1);
        AssertTold(host, HostEvents.LockRetaken, times: 1);
        // Each of the two writers may notice after the other has recovered.
        Assert.Contains(host.Log.Lines, l => StoringFails(l));
        Assert.All(host.Processes, p => Assert.InRange(p.Log.Lines.Count(StoringFails), 0, 2));
        AssertOutagesEnded(host);
    }

    [Fact]
    public async Task Survives_that_a_table_is_locked()
    {
        await using var stage = await SetStageAsync();
        await using var connection = await stage.Database.OpenConnectionAsync(Cancelled);
        NpgsqlTransaction? transaction = null;
        var host = await SurviveAsync(
            stage,
            async () =>
            {
                transaction = await connection.BeginTransactionAsync(Cancelled);
                await using var lockTable = new NpgsqlCommand("LOCK TABLE iot_raw_data IN ACCESS EXCLUSIVE MODE", connection);
                await lockTable.ExecuteNonQueryAsync(Cancelled);
            },
            async () => await transaction!.RollbackAsync(Cancelled),
            Scale.Seconds(10, 3),
            noticed: false);

        // A writer that waits is no failure.
        Assert.Empty(host.Log.Alarms);
    }

    [Fact]
    public async Task Survives_that_the_disk_is_full()
    {
        await using var stage = await SetStageAsync();
        var host = await SurviveAsync(
            stage,
            () => stage.ExecuteAsync(
                """
                CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS
                $$BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END$$;
                CREATE TRIGGER disk_full BEFORE INSERT ON iot_raw_data FOR EACH ROW EXECUTE FUNCTION disk_full();
                """),
            () => stage.ExecuteAsync("DROP TRIGGER disk_full ON iot_raw_data"),
            Scale.Seconds(10, 3),
            noticed: true);

        AssertEachToldOnce(host);
        AssertTold(host, StoringFails, times: 1);
        Assert.Contains(host.Log.Alarms, l => l.EventId == HostEvents.DatabaseFails && l.Text.Contains("53100"));
    }

    /// <summary>Brings an outage about while records stream, and proves that none is lost and memory stays bounded.</summary>
    /// <param name="noticed">Whether the host must call itself unready meanwhile.</param>
    private async Task<RunningHost> SurviveAsync(Stage stage, Func<Task> begin, Func<Task> end, TimeSpan length, bool noticed)
    {
        var (host, load) = await BeginAsync(stage);
        await begin();

        // All the rest at once: far more than may be in flight.
        await stage.SendAsync(load.Later);
        await host.WaitForAsync("reading to be paused", s => s.Partitions.Any(p => p.Paused), Patience);
        if (noticed) await host.WaitForAsync("the outage to be noticed", s => !s.Ready && !s.Writer.Ready && s.Problems.Count > 0, Patience);
        var peak = await WatchInFlightAsync(host, length);
        Assert.All(host.Processes.Select(p => peak[p]), p => Assert.InRange(p, 0, MaxInFlightBytes + Overshoot));
        Assert.True(peak.Values.Sum() >= MaxInFlightBytes / 2, $"Only {peak.Values.Sum()} bytes were in flight.");
        var during = (await host.ReadStatusAsync())!;
        await end();

        await stage.WaitUntilDoneAsync(host, Patience);
        await stage.AssertHoldsAsync(load.Sooner.Then(load.Later));
        var after = await host.WaitForAsync("the host to be well again", s => s.Ready && s.Writer.Ready, Patience);
        Assert.True(during.Partitions.Sum(p => p.Lag!.Value) > after.Partitions.Sum(p => p.Lag!.Value), "Nothing was left to read when the outage ended.");
        Assert.DoesNotContain(after.Partitions, p => p.Paused);
        return host;
    }

    private async Task<(RunningHost Host, (Load Sooner, Load Later) Load)> BeginAsync(Stage stage)
    {
        var total = Scale.Of(200_000, 40_000);
        var load = (Sooner: MixedLoad(stage, total / 4, seed: 3), Later: Load.Make(stage.Topics, total * 3 / 4, seed: 4, from: total / 4));
        var host = await stage.StartReadyHostAsync(stage.Settings
            .With("Delivery:MaxInFlightBytes", $"{MaxInFlightBytes}")
            .With("Kafka:PollInterval", "00:00:00.001")
            .With("Timescale:MaxRetryDelay", Scale.Full ? "00:00:05" : "00:00:01"));
        await stage.SendAsync(load.Sooner);
        await stage.WaitForRowsAsync(load.Sooner.Records.Count / 2, Patience, host);
        return (host, load);
    }

    /// <summary>The most bytes that each process had in flight.</summary>
    private static async Task<Dictionary<HostProcess, long>> WatchInFlightAsync(RunningHost host, TimeSpan length)
    {
        var until = TimeProvider.System.GetUtcNow() + length;
        var peak = host.Processes.ToDictionary(p => p, _ => 0L);
        await Await.UntilAsync(
            "the outage to last",
            length + Patience,
            async () =>
            {
                if (await host.ReadStatusAsync() is null) return false;
                foreach (var process in host.Processes) peak[process] = Math.Max(peak[process], process.LastStatus!.Partitions.Sum(p => p.InFlightBytes));
                return TimeProvider.System.GetUtcNow() >= until;
            },
            host.Describe,
            Cancelled);
        return peak;
    }

    private static bool StoringFails(HostLogLine line) =>
        line.EventId == HostEvents.DatabaseFails && line.Message.StartsWith("Storing rows", StringComparison.Ordinal);

    /// <summary>What an operation has to say of an outage, it says once.</summary>
    private static void AssertEachToldOnce(RunningHost host)
    {
        var repeated = host.Processes.SelectMany(p => p.Log.Alarms.GroupBy(l => (p, l.EventId, l.Message.Split(':')[0])))
            .Where(g => g.Count() > 1).Select(g => $"{g.Count()} × {g.First().Text}").ToList();
        Assert.True(repeated.Count == 0, $"Told more than once:\n{string.Join('\n', repeated)}");
        AssertOutagesEnded(host);
    }
}
