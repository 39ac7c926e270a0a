using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Loads;
using OrleansIngest.Core.Records;
using OrleansIngest.Hosting;

namespace OrleansIngest.Behaviour.Suite;

/// <summary>Settings, right and wrong.</summary>
public abstract class ConfigurationBehaviour : HostBehaviour
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    // Nothing listens there: a host that tried to connect would not end by itself.
    private static readonly HostSettings Right = new HostSettings()
        .With("Kafka:BootstrapServers", "127.0.0.1:9")
        .With("Kafka:Topics:0:Name", "measurements")
        .With("Kafka:Topics:0:Format", "Decoded")
        .With("Timescale:Host", "127.0.0.1")
        .With("Timescale:Username", "ingest");

    [Fact]
    public async Task Every_mistake_is_told_in_one_message_and_the_exit_code_is_2()
    {
        var log = await RefuseAsync(Right
            .Without("Kafka:Topics:0:Format")
            .Without("Timescale:Host")
            .With("Kafka:Topics:1:Name", "not a topic")
            .With("Kafka:Topics:1:Format", "Raw")
            .With("Kafka:PollRecords", "many")
            .With("Kafka:Nonsense", "1")
            .With("Kafka:Client:no.such.property", "1")
            .With("Timescale:Port", "0")
            .With("Timescale:BatchTimeout", "soon")
            .With("Delivery:MaxInFlightBytes", "10")
            .With("Devices:StatePersistInterval", "00:00:00")
            .With("Web:Listen", "http://0.0.0.0:80"));

        Assert.Contains("11 mistakes", log.Text);
        foreach (var mistake in new[]
        {
            "topic 'measurements' has no Format", "'not a topic'", "Kafka:PollRecords: 'many'", "Kafka:Nonsense", "no.such.property", "Timescale:Host", "Timescale:Port",
            "Timescale:BatchTimeout: 'soon'", "Delivery:MaxInFlightBytes", "Devices:StatePersistInterval", "Web:Listen",
        })
        {
            Assert.Contains(mistake, log.Text);
        }
    }

    [Fact]
    public async Task Environment_names_that_disagree_are_refused()
    {
        var log = await RefuseAsync(Right
            .WithEnvironment("KAFKA_BROKERS", "127.0.0.1:9")
            .WithEnvironment("REDPANDA_BROKERS", "127.0.0.1:10")
            .WithEnvironment("POSTGRES_DB", "one")
            .WithEnvironment("POSTGRES_URL", "postgres://u:hush@h:5432/other"));

        Assert.Contains("KAFKA_BROKERS and REDPANDA_BROKERS disagree", log.Text);
        Assert.Contains("POSTGRES_DB and POSTGRES_URL disagree", log.Text);
        Assert.DoesNotContain("hush", log.Text);
    }

    [Theory]
    [InlineData("REDIS_URL", "redis://localhost")]
    [InlineData("QUEUE_TYPE", "redis")]
    [InlineData("STORAGE_TYPE", "s3")]
    public async Task What_does_not_exist_yet_is_refused_by_name(string name, string value) =>
        Assert.Contains(name, (await RefuseAsync(Right.WithEnvironment(name, value))).Text);

    [Fact]
    public async Task Secrets_are_not_told_with_mistakes()
    {
        var log = await RefuseAsync(Right
            .With("Kafka:Client:sasl.password", "hush-hush").With("Kafka:Client:sasl.mechanism", "NONSENSE").With("Timescale:ConnectionSettings", "hush-hush"));
        Assert.DoesNotContain("hush-hush", log.Text);
    }

    [Fact]
    public async Task With_a_wrong_password_it_waits_unready_and_does_not_tell_it()
    {
        await using var stage = await SetStageAsync([RecordFormat.Raw]);
        var host = stage.StartHost(stage.Settings.With("Timescale:Password", "hush-hush").With("Timescale:MaintenancePassword", "hush-hush"));
        await host.WaitForEventAsync(HostEvents.DatabaseFails, "the refused password to be told", Patience);
        Assert.Equal(503, (await host.ReadReadinessAsync()).Code);
        Assert.Contains("28P01", host.Log.Text);
        Assert.DoesNotContain("hush-hush", host.Log.Text);
    }

    [Fact]
    public async Task The_environment_names_of_the_systems_before_suffice()
    {
        await using var stage = await SetStageAsync([RecordFormat.Decoded, RecordFormat.Raw, RecordFormat.Sensor], ownBroker: true);
        var database = stage.Settings.Arguments;
        await stage.MigrateAsync();
        // No name was there for it, so it has its default.
        await stage.Broker.CreateTopicAsync("iot.dead_letter", 1, Cancelled);
        var settings = new HostSettings()
            .WithEnvironment("KAFKA_BROKERS", stage.Broker.BootstrapServers)
            .WithEnvironment("KAFKA_INPUT_TOPIC", stage.Topics[0].Name)
            .WithEnvironment("RAW_TOPIC", stage.Topics[1].Name)
            .WithEnvironment("KAFKA_TOPICS", stage.Topics[2].Name)
            .WithEnvironment("TIMESCALEDB_HOST", database["Timescale:Host"])
            .WithEnvironment("TIMESCALEDB_PORT", database["Timescale:Port"])
            .WithEnvironment("POSTGRES_DB", database["Timescale:Database"])
            .WithEnvironment("POSTGRES_USER", database["Timescale:Username"])
            .WithEnvironment("POSTGRES_PASSWORD_FILE", await WriteSecretAsync(database["Timescale:Password"]))
            .WithEnvironment("BATCH_SIZE", "1000")
            .WithEnvironment("BATCH_TIMEOUT", "0.1");
        var load = Load.Make(stage.Topics, 3_000, seed: 21, trouble: false);
        var host = await stage.StartReadyHostAsync(settings);
        await stage.SendAsync(load);
        await stage.WaitForRowsAsync(load.Records.Count, Patience, host);
        await stage.Rows.AssertAreThoseOfAsync(load, Cancelled);
    }

    private async Task<HostLog> RefuseAsync(HostSettings settings)
    {
        await using var host = RunningHost.Start(Program, settings, Cancelled);
        var exitCode = await host.WaitForExitAsync(Soon);
        Assert.True(exitCode == ExitCodes.Usage, $"The exit code is {exitCode}.\n{host.Describe()}");
        return host.Log;
    }

    private static async Task<string> WriteSecretAsync(string secret)
    {
        var path = Path.Combine(TemporaryFolder.Create(), "password");
        await File.WriteAllTextAsync(path, secret + "\n", Cancelled);
        return path;
    }
}
