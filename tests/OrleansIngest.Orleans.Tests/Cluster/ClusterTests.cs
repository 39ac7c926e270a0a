using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using OrleansIngest.Behaviour;
using OrleansIngest.Behaviour.Expectations;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Behaviour.Stages;
using OrleansIngest.Behaviour.Suite;
using OrleansIngest.Orleans.Tests.Silo;

namespace OrleansIngest.Orleans.Tests.Cluster;

/// <summary>Three silos, each a process, that find each other by our tables.</summary>
public sealed class ClusterTests : HostBehaviour
{
    private const int Silos = 3;
    private const int SiloStopped = 1103;

    // Of each of the three topics that have devices: 5,000 in all.
    private static readonly int Devices = Scale.Of(1_667, 400);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    protected override HostProgram Program => SiloProgram.Clustered;

    [Fact]
    public async Task They_share_the_partitions_and_store_each_record_once()
    {
        await using var stage = await SetStageAsync();
        var silos = await StartAsync(stage, Silos);
        Assert.Equal(Silos, await ActiveAsync(stage));

        var load = Load.Make(stage.Topics, Scale.Of(200_000, 40_000), seed: 31, Devices);
        await stage.SendAsync(load);
        await stage.WaitUntilDoneAsync(silos[0], Patience);
        await stage.AssertHoldsAsync(load);

        var fleet = await Await200Async<JsonElement>(silos[1], "/api/fleet", f => f.GetProperty("silos").GetArrayLength() == Silos);
        Assert.All(fleet.GetProperty("silos").EnumerateArray(), s => Assert.True(s.GetProperty("devices").GetInt64() > 0, $"{s} feeds no device."));
        // A device is known to every silo, wherever it lives.
        var device = load.Records.First(r => r.Device is not null && r.Row is not null).Device!;
        foreach (var silo in silos) Assert.Equal(device, (await GetAsync(silo, device)).GetProperty("device_id").GetString());

        foreach (var silo in silos)
        {
            var (exitCode, took) = await silo.StopAsync();
            Assert.Equal(0, exitCode);
            Assert.True(took < TimeSpan.FromSeconds(10), $"It took {took.TotalSeconds:0.0} s to end.\n{silo.Describe()}");
        }
    }

    [Fact]
    public async Task One_that_is_killed_in_mid_stream_costs_nothing_and_another_takes_its_place()
    {
        await using var stage = await SetStageAsync();
        var silos = await StartAsync(stage, Silos);
        var load = Load.Make(stage.Topics, Scale.Of(200_000, 40_000), seed: 32, Devices);
        var total = load.Records.Count;
        await using var sender = stage.BeginToSend(load, total / 2);
        await stage.WaitForRowsAsync(total / 4, Patience, silos[0]);

        await silos[2].KillAsync();
        var another = stage.StartHost();
        sender.Limit = total;
        await sender.Completion.WaitAsync(Patience, Cancelled);
        await another.WaitReadyAsync(Patience);
        await SharedAsync(stage, [silos[0], silos[1], another]);

        await stage.WaitUntilDoneAsync(silos[0], Patience);
        await stage.AssertHoldsAsync(load, repeatedDeadLettersAllowed: true);
    }

    [Fact]
    public async Task Restarted_one_by_one_under_load_they_lose_nothing_and_rows_keep_coming()
    {
        await using var stage = await SetStageAsync();
        var silos = (await StartAsync(stage, Silos)).ToList();
        var load = Load.Make(stage.Topics, Scale.Of(200_000, 60_000), seed: 33, Devices);
        await using var sender = stage.BeginToSend(load, 1_000);
        TimeSpan longestGap;
        await using (new SteadyLoad(sender, Scale.Of(1_000, 500), Cancelled))
        {
            using var watch = new RowWatch(stage, Cancelled);
            for (var i = 0; i < Silos; i++)
            {
                var (exitCode, took) = await silos[0].StopAsync();
                Assert.Equal(0, exitCode);
                Tell($"silo {i + 1} {(silos[0].Log.Count(SiloStopped) == 1 ? "stopped" : "was ended")} within {took.TotalSeconds:0.0} s. {string.Join(" ", silos[0].Log.Alarms.Select(l => l.Text))}");
                silos.RemoveAt(0);
                silos.Add(await stage.StartReadyHostAsync());
                await SharedAsync(stage, silos);
            }

            longestGap = await watch.EndAsync();
        }

        Assert.True(sender.Limit < load.Records.Count, "The load ended before the last silo was restarted.");
        sender.Limit = load.Records.Count;
        await sender.Completion.WaitAsync(Patience, Cancelled);
        await stage.WaitUntilDoneAsync(silos[0], Patience);
        await stage.AssertHoldsAsync(load, repeatedDeadLettersAllowed: true);
        foreach (var silo in silos) Assert.Equal(0, (await silo.StopAsync()).ExitCode);
        await Twins.AssertAreThoseOfAsync(load, stage.Database, decodedCountersExact: true, Cancelled);
        Assert.True(longestGap < TimeSpan.FromSeconds(15), $"No row was stored for {longestGap.TotalSeconds:0.0} s.");
        Tell($"longest time without a new row: {longestGap.TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task With_the_database_away_none_is_evicted_devices_answer_and_nothing_is_lost()
    {
        const long mostInFlight = 4 * 1024 * 1024;
        // What one poll may bring beyond the limit, and what is gathered within Kafka:PollInterval.
        const long overshoot = 2 * 1024 * 1024;
        await using var stage = await SetStageAsync(ownServer: true);
        var silos = await StartAsync(stage, Silos, stage.Settings
            .With("Timescale:MaxRetryDelay", "00:00:01").With("Delivery:MaxInFlightBytes", $"{mostInFlight}").With("Kafka:PollInterval", "00:00:00.001"));
        var (length, rate) = (Scale.Seconds(90, 30), Scale.Of(2_000, 1_000));
        var before = Scale.Of(20_000, 10_000);
        var load = Load.Make(stage.Topics, before + (int)(rate * length.TotalSeconds), seed: 34, Devices);
        await using var sender = stage.BeginToSend(load, before);
        await stage.WaitForRowsAsync(before * 9 / 10, Patience, silos[0]);
        var devices = load.Records.Take(before / 2).Where(r => r.Device is not null && r.Row is not null).Select(r => r.Device!).Distinct().ToList();
        var memory = await Task.WhenAll(silos.Select(WorkingSetAsync));

        await stage.StopServerAsync();
        List<TimeSpan> answers = [];
        await using (new SteadyLoad(sender, rate, Cancelled))
        {
            var until = Stopwatch.StartNew();
            while (until.Elapsed < length)
            {
                foreach (var silo in silos)
                {
                    var asked = Stopwatch.StartNew();
                    await GetAsync(silo, devices[Random.Shared.Next(devices.Count)]);
                    answers.Add(asked.Elapsed);
                    var status = (await silo.ReadStatusAsync())!;
                    Assert.InRange(status.Partitions.Sum(p => p.InFlightBytes), 0, mostInFlight + overshoot);
                }

                await Task.Delay(500, Cancelled);
            }
        }

        // The machine may pause for a moment; the database is not what is waited for.
        Assert.True(answers.Order().ElementAt(answers.Count * 95 / 100) < TimeSpan.FromSeconds(1), $"Devices answered after {answers.Order().ElementAt(answers.Count * 95 / 100)}.");
        Assert.All(answers, a => Assert.InRange(a, TimeSpan.Zero, TimeSpan.FromSeconds(5)));
        for (var i = 0; i < Silos; i++) Assert.InRange(await WorkingSetAsync(silos[i]), 0, memory[i] + (256 * 1024 * 1024));
        Assert.Contains(silos, s => s.LastStatus!.Partitions.Any(p => p.Paused));

        await stage.StartServerAsync();
        sender.Limit = load.Records.Count;
        await sender.Completion.WaitAsync(Patience, Cancelled);
        await stage.WaitUntilDoneAsync(silos[0], Patience);
        await stage.AssertHoldsAsync(load);
        foreach (var silo in silos)
        {
            await silo.WaitReadyAsync(Patience);
            AssertTold(silo, l => l.EventId == HostEvents.DatabaseFails && l.Message.StartsWith("Storing rows", StringComparison.Ordinal), times: 1);
            AssertOutagesEnded(silo);
        }

        Assert.Equal(Silos, await ActiveAsync(stage));
        Assert.Equal(Silos, await stage.QueryAsync<long>("SELECT count(*) FROM orleans_silo"));
        Tell(
            $"{answers.Count} answers, median {Milliseconds(50)}, 95 % within {Milliseconds(95)}, all within {Milliseconds(100)}");

        string Milliseconds(int percent) => $"{answers.Order().ElementAt(Math.Min(answers.Count * percent / 100, answers.Count - 1)).TotalMilliseconds:0.0} ms";
    }

    [Fact]
    public async Task Killed_all_at_once_they_come_back()
    {
        await using var stage = await SetStageAsync();
        var silos = await StartAsync(stage, 2);
        var load = MixedLoad(stage, 20_000, seed: 35);
        await using var sender = stage.BeginToSend(load, load.Records.Count / 2);
        await stage.WaitForRowsAsync(load.Records.Count / 4, Patience, silos[0]);
        foreach (var silo in silos) await silo.KillAsync();

        sender.Limit = load.Records.Count;
        await sender.Completion.WaitAsync(Patience, Cancelled);
        // At other addresses, as pods are.
        silos = [stage.StartHost(), stage.StartHost()];
        foreach (var silo in silos) await silo.WaitReadyAsync(TimeSpan.FromMinutes(3));

        await stage.WaitUntilDoneAsync(silos[0], Patience);
        await stage.AssertHoldsAsync(load, repeatedDeadLettersAllowed: true);
        Assert.Equal(2, await ActiveAsync(stage));
    }

    private static async Task<RunningHost[]> StartAsync(Stage stage, int count, HostSettings? settings = null)
    {
        var silos = Enumerable.Range(0, count).Select(_ => stage.StartHost(settings)).ToArray();
        foreach (var silo in silos) await silo.WaitReadyAsync(Patience);
        await SharedAsync(stage, silos);
        return silos;
    }

    /// <summary>Waits until every partition is read by exactly one silo, and every silo reads some.</summary>
    private static Task SharedAsync(Stage stage, IReadOnlyList<RunningHost> silos) => Await.UntilAsync(
        "the partitions to be shared",
        Patience,
        async () =>
        {
            var partitions = new List<(string, int)>();
            foreach (var silo in silos)
            {
                Assert.False(silo.HasExited, silo.Describe());
                if (await silo.ReadStatusAsync() is not { Partitions.Count: > 0 } status) return false;
                partitions.AddRange(status.Partitions.Select(p => (p.Topic, p.Partition)));
            }

            return partitions.Count == stage.Topics.Count * Stage.Partitions && partitions.Distinct().Count() == partitions.Count;
        },
        () => string.Join('\n', silos.Select(s => $"{s.LastStatus?.Partitions.Count} partitions. {s.Describe()}")),
        Cancelled);

    private static void Tell(string figures) => TestContext.Current.TestOutputHelper?.WriteLine(figures);

    private static async Task<long> WorkingSetAsync(RunningHost silo) => (await silo.ReadStatusAsync())!.Memory.WorkingSetBytes;

    private static Task<long> ActiveAsync(Stage stage) => stage.QueryAsync<long>("SELECT count(*) FROM orleans_silo WHERE status = 3");

    private static async Task<JsonElement> GetAsync(RunningHost silo, string device)
    {
        using var answer = await Http.GetAsync(new Uri(silo.Web, $"/api/devices/{Uri.EscapeDataString(device)}"), Cancelled);
        var body = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {body}\n{silo.Describe()}");
        return JsonSerializer.Deserialize<JsonElement>(body);
    }

    private static async Task<T> Await200Async<T>(RunningHost silo, string path, Func<T, bool> wanted)
    {
        T? value = default;
        await Await.UntilAsync(
            path, Patience, async () => wanted((value = await Http.GetFromJsonAsync<T>(new Uri(silo.Web, path), Cancelled))!), silo.Describe, Cancelled);
        return value!;
    }
}
