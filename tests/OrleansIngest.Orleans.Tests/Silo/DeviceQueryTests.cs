using System.Diagnostics;
using System.Text.RegularExpressions;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Suite;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Orleans.Tests.Silo;

/// <summary>The sample client against a running silo.</summary>
public sealed partial class DeviceQueryTests : HostBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;

    [Fact]
    public async Task It_shows_a_device_and_the_fleet_and_says_what_is_unknown()
    {
        await using var stage = await SetStageAsync([RecordFormat.Decoded]);
        var silo = await stage.StartReadyHostAsync();
        var load = MixedLoad(stage, 1_000, seed: 41);
        await stage.SendAsync(load);
        await stage.WaitUntilDoneAsync(silo, Patience);
        var device = load.Records.First(r => r.Row is not null).Device!;
        var records = load.Records.Count(r => r.Row is not null && r.Device == device);
        var gateway = $"127.0.0.1:{Gateway().Match(silo.Log.Text).Groups[1].Value}";

        var known = await RunAsync(gateway, device);
        Assert.Equal(0, known.ExitCode);
        Assert.StartsWith($"{device}: {records} records from", known.Output);

        var unknown = await RunAsync(gateway, "nobody");
        Assert.Equal((1, "Nothing is known of device 'nobody'."), (unknown.ExitCode, unknown.Output.Trim()));

        var fleet = await RunAsync(gateway);
        Assert.Equal(0, fleet.ExitCode);
        Assert.Contains("on 1 silos", fleet.Output);

        Assert.Equal(2, (await RunAsync("nonsense")).ExitCode);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "OrleansIngest.Samples.DeviceQuery.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(Cancelled), process.StandardError.ReadToEndAsync(Cancelled));
        await process.WaitForExitAsync(Cancelled);
        return (process.ExitCode, string.Concat(output));
    }

    [GeneratedRegex(@"gateway (\d+)")]
    private static partial Regex Gateway();
}
