// Asks a running cluster for a device, or for the fleet: all that a client needs is Grains.Abstractions and a gateway.
using System.Net;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using OrleansIngest.Grains;

const string clusterId = "orleans-ingest";

if (args.Length is 0 or > 2 || !IPEndPoint.TryParse(args[0], out var gateway) || gateway.Port == 0)
{
    await Console.Error.WriteLineAsync("Usage: DeviceQuery <gateway, such as 127.0.0.1:30000> [<device id>]");
    return 2;
}

using var host = new HostBuilder()
    .UseOrleansClient(client => client
        .UseStaticClustering(gateway)
        .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (clusterId, clusterId)))
    .Build();
try
{
    await host.StartAsync();
    var grains = (IGrainFactory)host.Services.GetService(typeof(IGrainFactory))!;
    return args.Length == 1 ? await ShowFleetAsync(grains) : await ShowDeviceAsync(grains, args[1]);
}
catch (Exception e) when (e is OrleansException or TimeoutException)
{
    await Console.Error.WriteLineAsync($"The cluster '{clusterId}' does not answer at {gateway}: {e.Message}");
    return 3;
}

static async Task<int> ShowDeviceAsync(IGrainFactory grains, string id)
{
    if (await grains.GetGrain<IDeviceGrain>(id).GetAsync() is not { } device)
    {
        await Console.Error.WriteLineAsync($"Nothing is known of device '{id}'.");
        return 1;
    }

    Console.WriteLine($"{device.DeviceId}: {device.Records} records from {device.FirstSeen:u} to {device.LastSeen:u}{(device.Durable ? "" : ", the last ones not stored yet")}");
    foreach (var value in device.Values)
    {
        Console.WriteLine($"  {value.Mode} {value.Component} {value.Pin} = {value.Value?.ToString() ?? "none"} at {value.Time:u}");
    }

    return 0;
}

static async Task<int> ShowFleetAsync(IGrainFactory grains)
{
    var fleet = await grains.GetGrain<IFleetGrain>(IFleetGrain.Key).GetAsync();
    Console.WriteLine($"{fleet.Devices} devices on {fleet.Silos.Count} silos, {fleet.RecordsPerSecond:0} records/s, {fleet.SilentDevices} silent");
    foreach (var talker in fleet.TopTalkers) Console.WriteLine($"  {talker.DeviceId}: {talker.RecordsPerSecond:0.0} records/s");
    return 0;
}
