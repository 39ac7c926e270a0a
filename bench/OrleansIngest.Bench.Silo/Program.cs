using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Bench.Silo;
using OrleansIngest.Grains;
using OrleansIngest.Grains.Hosting;
using OrleansIngest.Grains.Streams;
using OrleansIngest.Hosting;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Hosting.Engine;
using OrleansIngest.Streaming.Kafka.Status;
using OrleansIngest.Timescale.Locking;

// One silo that reads a topic to its end and stores nothing. Prints a line: records a second between the first and the
// last record that was done, and microseconds of processor time a record.
if (args is not [var wanted, .. var settingArguments] || !long.TryParse(wanted, CultureInfo.InvariantCulture, out var records))
{
    await Console.Error.WriteLineAsync("usage: OrleansIngest.Bench.Silo RECORDS --Section:Key=value...");
    return ExitCodes.Usage;
}

var settings = SettingsLoader.Load("Silo", settingArguments, SettingsLoader.ProcessEnvironment(), out _);
await using var engine = await IngestEngine.StartAsync(
    settings, "bench", HostLockMode.Shared, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
builder.Logging.AddConsole(o => o.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Error);
builder.UseOrleans(silo =>
{
    silo.UseLocalhostClustering(FreePort.Take(), FreePort.Take());
    silo.AddIngestGrains(GrainServices.Of(engine, settings, TimeProvider.System) with { Writer = new DiscardingWriter() });
    silo.AddDeviceStreams(engine, settings);
});
using var host = builder.Build();
await host.StartAsync();
var streams = host.Services.GetRequiredKeyedService<IKafkaStreams>(DeviceStreams.Provider);

var first = await WaitForAsync(1);
var last = await WaitForAsync(records);
var done = last.Done - first.Done;
if (done < records / 4)
{
    await Console.Error.WriteLineAsync($"{records} records are too few to be timed: {first.Done} were done at the first look. Give more.");
    return ExitCodes.Usage;
}

Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{done / Stopwatch.GetElapsedTime(first.At, last.At).TotalSeconds:0} {(last.Processor - first.Processor).TotalMicroseconds / done:0.###}"));
await host.StopAsync();
return ExitCodes.Done;

async Task<(long Done, long At, TimeSpan Processor)> WaitForAsync(long count)
{
    while (true)
    {
        var now = streams.Status.Partitions.Sum(p => p.DoneRecords);
        if (now >= count) return (now, Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await Task.Delay(20);
    }
}
