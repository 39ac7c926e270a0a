using System.Net;
using System.Text.Json;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Suite;
using OrleansIngest.Core.Records;
using OrleansIngest.Hosting;

namespace OrleansIngest.Orleans.Tests.Silo;

/// <summary>What a silo answers over HTTP, and the settings that are its own.</summary>
public sealed class SiloHttpTests : HostBehaviour
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    protected override HostProgram Program => SiloProgram.Alone;

    [Fact]
    public async Task Devices_fleet_and_dashboard_are_on_the_web_port()
    {
        await using var stage = await SetStageAsync([RecordFormat.Raw]);
        var silo = await stage.StartReadyHostAsync();
        var load = MixedLoad(stage, 1_000, seed: 42);
        await stage.SendAsync(load);
        await stage.WaitUntilDoneAsync(silo, Patience);
        var device = load.Records.First(r => r.Row is not null).Device!;

        var (code, body) = await GetAsync(silo, $"/api/devices/{Uri.EscapeDataString(device)}");
        Assert.Equal(HttpStatusCode.OK, code);
        var known = JsonSerializer.Deserialize<JsonElement>(body);
        Assert.Equal(device, known.GetProperty("device_id").GetString());
        Assert.Equal(load.Records.Count(r => r.Row is not null && r.Device == device), known.GetProperty("records").GetInt32());
        Assert.True(known.GetProperty("durable").GetBoolean());
        Assert.NotEqual(0, known.GetProperty("values").GetArrayLength());

        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(silo, "/api/devices/nobody")).Code);
        Assert.Contains("of device \u0027plant/1\u0027.", System.Text.RegularExpressions.Regex.Unescape((await GetAsync(silo, "/api/devices/plant%2F1")).Body));
        Assert.Contains("\"by_format\"", (await GetAsync(silo, "/api/fleet")).Body);
        Assert.Contains("Orleans Dashboard", (await GetAsync(silo, "/dashboard")).Body);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(silo, "/dashboard/ClusterStats")).Code);
        Assert.Equal(200, (await silo.ReadReadinessAsync()).Code);
    }

    [Fact]
    public async Task Without_the_dashboard_there_is_none()
    {
        await using var stage = await SetStageAsync([RecordFormat.Raw]);
        var silo = await stage.StartReadyHostAsync(stage.Settings.With("Orleans:Dashboard", "false"));

        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(silo, "/dashboard")).Code);
    }

    [Fact]
    public async Task Mistakes_in_its_own_settings_are_told_with_the_others()
    {
        await using var stage = await SetStageAsync([RecordFormat.Raw]);
        var silo = stage.StartHost(stage.Settings
            .With("Timescale:Port", "0")
            .With("Orleans:Clustering", "Magic")
            .With("Orleans:Address", "example.org")
            .With("Orleans:SiloPort", "70000")
            .With("Orleans:Nonsense", "1")
            .With("Orleans:Tls:Certificate", "/nowhere.pem")
            .With("Profile", "Other"));

        Assert.Equal(ExitCodes.Usage, await silo.WaitForExitAsync(Patience));
        Assert.Contains("8 mistakes", silo.Log.Text);
        foreach (var mistake in new[]
        {
            "Timescale:Port", "Orleans:Clustering: 'Magic'", "'example.org'", "Orleans:SiloPort is 70000", "Orleans:Nonsense", "/nowhere.pem",
            "Orleans:Tls:Authority is missing", "--Profile=Other",
        })
        {
            Assert.Contains(mistake, silo.Log.Text);
        }
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_and_the_exit_code_is_3()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var stage = await SetStageAsync([RecordFormat.Raw]);
        var silo = stage.StartHost(stage.Settings.With("Orleans:GatewayPort", $"{port}"));

        Assert.Equal(ExitCodes.Unavailable, await silo.WaitForExitAsync(Patience));
        Assert.Contains($"Orleans:GatewayPort ({port})", silo.Log.Text);
    }

    private static async Task<(HttpStatusCode Code, string Body)> GetAsync(RunningHost silo, string path)
    {
        using var answer = await Http.GetAsync(new Uri(silo.Web, path), Cancelled);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
    }
}
