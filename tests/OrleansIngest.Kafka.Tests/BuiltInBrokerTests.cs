using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using OrleansIngest.Kafka.Broker;
using OrleansIngest.Kafka.Clients;
using OrleansIngest.Testing.Kafka;

namespace OrleansIngest.Kafka.Tests;

/// <summary>The built-in broker as a process runs it, through its control port.</summary>
public sealed class BuiltInBrokerTests : IAsyncLifetime
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"orleans-ingest-{Guid.NewGuid():N}", "broker.env");
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<(BrokerStatus Status, Uri Control)> _started = new();
    private Task _running = Task.CompletedTask;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var options = new BuiltInBrokerHostOptions { Topics = ["one", "two"], EnvFile = _file };
        _running = BuiltInBrokerHost.RunAsync(options, (status, control) => _started.SetResult((status, control)), _stopping.Token);
        await Task.WhenAny(_started.Task, _running);
        if (_running.IsFaulted) await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        Assert.False(File.Exists(_file));
        Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);
    }

    [Fact]
    public async Task Its_file_tells_where_it_listens()
    {
        var (status, address) = await _started.Task;
        Assert.Equal(
            [$"KAFKA_BOOTSTRAP_SERVERS={status.BootstrapServers}", $"BROKER_CONTROL={address.GetLeftPart(UriPartial.Authority)}", $"BROKER_PID={Environment.ProcessId}"],
            await File.ReadAllLinesAsync(_file, Cancellation));
        Assert.StartsWith("127.0.0.1:", status.BootstrapServers);
        Assert.True(address.IsLoopback);
        using var control = new BrokerControlClient(address);
        var now = await control.StatusAsync(Cancellation);
        Assert.Equal((status.BootstrapServers, false, Environment.ProcessId), (now.BootstrapServers, now.Down, now.ProcessId));
        Assert.Equal(new Dictionary<string, int> { ["one"] = 24, ["two"] = 24 }, now.Topics);
    }

    [Fact]
    public async Task Topics_are_created_once_with_the_partitions_asked_for()
    {
        var (status, address) = await _started.Task;
        var clients = Clients(status.BootstrapServers);
        var admin = new TopicAdmin(clients);
        Assert.Equal(["three"], await admin.EnsureAsync(["one", "three"], 5, address, Cancellation));
        Assert.Empty(await admin.EnsureAsync(["one", "three"], 7, address, Cancellation));
        using var client = clients.CreateAdmin();
        Assert.Equal(5, client.GetMetadata("three", TimeSpan.FromSeconds(5)).Topics.Single().Partitions.Count);
        Assert.Equal(24, client.GetMetadata("one", TimeSpan.FromSeconds(5)).Topics.Single().Partitions.Count);
    }

    [Fact]
    public async Task It_goes_down_and_up_and_keeps_what_it_stored()
    {
        var (status, address) = await _started.Task;
        using var control = new BrokerControlClient(address);
        var config = new ProducerConfig { BootstrapServers = status.BootstrapServers };
        using var producer = new ProducerBuilder<Null, string>(config).SetLogHandler((_, _) => { }).Build();
        config = new ProducerConfig { BootstrapServers = status.BootstrapServers, MessageTimeoutMs = 1_000 };
        using var impatient = new ProducerBuilder<Null, string>(config).SetLogHandler((_, _) => { }).Build();
        await producer.ProduceAsync("one", new Message<Null, string> { Value = "before" }, Cancellation);

        await control.TakeDownAsync(Cancellation);
        Assert.True((await control.StatusAsync(Cancellation)).Down);
        await Assert.ThrowsAsync<ProduceException<Null, string>>(() => impatient.ProduceAsync("one", new Message<Null, string> { Value = "lost" }, Cancellation));
        await control.BringUpAsync(Cancellation);
        Assert.False((await control.StatusAsync(Cancellation)).Down);
        var after = await producer.ProduceAsync(new TopicPartition("two", 3), new Message<Null, string> { Value = "after" }, Cancellation);
        Assert.Equal(0, after.Offset.Value);

        await control.DropRecordsAsync("two", 3, 1, Cancellation);
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig { BootstrapServers = status.BootstrapServers, GroupId = "g" }).SetLogHandler((_, _) => { }).Build();
        var stored = Enumerable.Range(0, 24).Sum(i => consumer.QueryWatermarkOffsets(new TopicPartition("one", i), TimeSpan.FromSeconds(5)).High.Value);
        Assert.Equal(1, stored);
        Assert.Equal(1, consumer.QueryWatermarkOffsets(new TopicPartition("two", 3), TimeSpan.FromSeconds(5)).Low.Value);
        Assert.True(await control.DeleteTopicAsync("two", Cancellation));
        Assert.False(await control.DeleteTopicAsync("two", Cancellation));
    }

    [Fact]
    public async Task What_it_cannot_do_it_says()
    {
        var (_, address) = await _started.Task;
        using var control = new BrokerControlClient(address);
        var error = await Assert.ThrowsAsync<KafkaUnavailableException>(() => control.CreateTopicAsync("none", 0, Cancellation));
        Assert.Contains("partitions", error.Message);
        using var nobody = new BrokerControlClient(new Uri("http://127.0.0.1:1"));
        Assert.Contains("127.0.0.1:1", (await Assert.ThrowsAsync<KafkaUnavailableException>(() => nobody.StatusAsync(Cancellation))).Message);
    }

    private static KafkaClients Clients(string servers) =>
        new(new KafkaOptions { BootstrapServers = servers }, LoggerFactory.Create(_ => { }).CreateLogger<KafkaClients>());
}
