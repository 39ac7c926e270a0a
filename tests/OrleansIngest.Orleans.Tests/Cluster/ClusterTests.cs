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
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    protected override HostProgram Program => SiloProgram.Clustered;

    [Fact]
    public async Task They_share_the_partitions_and_store_each_record_once()
    {
        await using var stage = await SetStageAsync();
        var silos = await StartAsync(stage, Silos);
        Assert.Equal(Silos, await ActiveAsync(stage));

        var load = MixedLoad(stage, Scale.Of(200_000, 40_000), seed: 31);
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
        var load = MixedLoad(stage, Scale.Of(200_000, 40_000), seed: 32);
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
        var load = MixedLoad(stage, Scale.Of(200_000, 60_000), seed: 33);
        await using var sender = stage.BeginToSend(load, 1_000);
        using var watch = new RowWatch(stage, sender, recordsPerSecond: 500, Cancelled);

        for (var i = 0; i < Silos; i++)
        {
            Assert.Equal(0, (await silos[0].StopAsync()).ExitCode);
            silos.RemoveAt(0);
            silos.Add(await stage.StartReadyHostAsync());
            await SharedAsync(stage, silos);
        }

        Assert.True(sender.Limit < load.Records.Count, "The load ended before the last silo was restarted.");
        var longestGap = await watch.EndAsync();
        sender.Limit = load.Records.Count;
        await sender.Completion.WaitAsync(Patience, Cancelled);
        await stage.WaitUntilDoneAsync(silos[0], Patience);
        await stage.AssertHoldsAsync(load, repeatedDeadLettersAllowed: true);
        foreach (var silo in silos) Assert.Equal(0, (await silo.StopAsync()).ExitCode);
        await Twins.AssertAreThoseOfAsync(load, stage.Database, decodedCountersExact: true, Cancelled);
        Assert.True(longestGap < TimeSpan.FromSeconds(15), $"No row was stored for {longestGap.TotalSeconds:0.0} s.");
    }

    [Fact]
    public async Task With_the_database_away_none_is_evicted_devices_answer_and_nothing_is_lost()
    {
        await using var stage = await SetStageAsync(ownServer: true);
        var silos = await StartAsync(stage, Silos, stage.Settings.With("Timescale:MaxRetryDelay", "00:00:01"));
        var load = MixedLoad(stage, Scale.Of(200_000, 40_000), seed: 34);
        var total = load.Records.Count;
        await using var sender = stage.BeginToSend(load, total / 2);
        await stage.WaitForRowsAsync(total / 4, Patience, silos[0]);
        var device = load.Records.First(r => r.Device is not null && r.Row is not null).Device!;
        await GetAsync(silos[0], device);

        await stage.StopServerAsync();
        sender.Limit = total;
        var until = Stopwatch.StartNew();
        while (until.Elapsed < Scale.Seconds(90, 40))
        {
            var asked = Stopwatch.StartNew();
            await GetAsync(silos[Random.Shared.Next(Silos)], device);
            Assert.True(asked.Elapsed < TimeSpan.FromSeconds(1), $"The device answered after {asked.Elapsed.TotalSeconds:0.0} s.");
            Assert.All(silos, s => Assert.False(s.HasExited, s.Describe()));
            await Task.Delay(1_000, Cancelled);
        }

        await stage.StartServerAsync();
        await sender.Completion.WaitAsync(Patience, Cancelled);
        await stage.WaitUntilDoneAsync(silos[0], Patience);
        await stage.AssertHoldsAsync(load);
        foreach (var silo in silos)
        {
            await silo.WaitReadyAsync(Patience);
            AssertTold(silo, l => l.EventId == HostEvents.DatabaseFails && l.Message.StartsWith("Storing rows", StringComparison.Ordinal), times: 1);
            AssertTold(silo, HostEvents.DatabaseWorks, times: silo.Log.Count(HostEvents.DatabaseFails));
        }

        Assert.Equal(Silos, await ActiveAsync(stage));
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

    private static async Task<HostProcess[]> StartAsync(Stage stage, int count, HostSettings? settings = null)
    {
        var silos = Enumerable.Range(0, count).Select(_ => stage.StartHost(settings)).ToArray();
        foreach (var silo in silos) await silo.WaitReadyAsync(Patience);
        await SharedAsync(stage, silos);
        return silos;
    }

    /// <summary>Waits until every partition is read by exactly one silo, and every silo reads some.</summary>
    private static Task SharedAsync(Stage stage, IReadOnlyList<HostProcess> silos) => Await.UntilAsync(
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

    private static Task<long> ActiveAsync(Stage stage) => stage.QueryAsync<long>("SELECT count(*) FROM orleans_silo WHERE status = 3");

    private static async Task<JsonElement> GetAsync(HostProcess silo, string device)
    {
        using var answer = await Http.GetAsync(new Uri(silo.Web, $"/api/devices/{Uri.EscapeDataString(device)}"), Cancelled);
        var body = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {body}\n{silo.Describe()}");
        return JsonSerializer.Deserialize<JsonElement>(body);
    }

    private static async Task<T> Await200Async<T>(HostProcess silo, string path, Func<T, bool> wanted)
    {
        T? value = default;
        await Await.UntilAsync(
            path, Patience, async () => wanted((value = await Http.GetFromJsonAsync<T>(new Uri(silo.Web, path), Cancelled))!), silo.Describe, Cancelled);
        return value!;
    }
}
