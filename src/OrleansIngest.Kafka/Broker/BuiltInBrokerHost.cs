using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OrleansIngest.Kafka.Broker;

/// <summary>What a process that runs the built-in broker is told.</summary>
public sealed class BuiltInBrokerHostOptions
{
    /// <summary>Port of the control interface on 127.0.0.1; 0 takes a free one.</summary>
    public int ControlPort { get; set; }

    /// <summary>Topics to create at start.</summary>
    public List<string> Topics { get; set; } = [];

    /// <summary>Partitions of each.</summary>
    public int Partitions { get; set; } = 24;

    /// <summary>
    /// Where to write, once it listens, <c>KAFKA_BOOTSTRAP_SERVERS</c>, <c>BROKER_CONTROL</c> and <c>BROKER_PID</c>, a line
    /// each; deleted at the end. None where null.
    /// </summary>
    public string? EnvFile { get; set; }
}

/// <summary>Runs the built-in broker with its control port.</summary>
public static class BuiltInBrokerHost
{
    /// <summary>Runs until cancelled.</summary>
    /// <param name="options">Ports, topics, and the file that says where it listens.</param>
    /// <param name="started">Told of the addresses once it listens.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">The control port is taken, or the file cannot be written.</exception>
    public static async Task RunAsync(BuiltInBrokerHostOptions options, Action<BrokerStatus, Uri>? started, CancellationToken cancellationToken)
    {
        using var broker = new BuiltInBroker();
        foreach (var topic in options.Topics) broker.CreateTopic(topic, options.Partitions);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, options.ControlPort));
        // Signals are the caller's business, through the token.
        builder.Services.AddSingleton<Microsoft.Extensions.Hosting.IHostLifetime, NoLifetime>();
        await using var app = builder.Build();
        BrokerControl.Map(app, broker);
        await app.StartAsync(cancellationToken);

        var control = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        if (options.EnvFile is { } file) Write(file, broker, control);
        started?.Invoke(new BrokerStatus(broker.BootstrapServers, false, Environment.ProcessId, broker.Topics), control);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The end that was asked for.
        }

        if (options.EnvFile is { } written) File.Delete(written);
        await app.StopAsync(CancellationToken.None);
    }

    // Under another name first, so that whoever waits for the file never reads half of it.
    private static void Write(string file, BuiltInBroker broker, Uri control)
    {
        var path = Path.GetFullPath(file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var unfinished = $"{path}.{Environment.ProcessId}";
        File.WriteAllText(unfinished,
            $"""
            KAFKA_BOOTSTRAP_SERVERS={broker.BootstrapServers}
            BROKER_CONTROL={control.GetLeftPart(UriPartial.Authority)}
            BROKER_PID={Environment.ProcessId}

            """);
        File.Move(unfinished, path, overwrite: true);
    }

    private sealed class NoLifetime : Microsoft.Extensions.Hosting.IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
