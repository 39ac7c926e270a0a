using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Streams;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Streaming.Kafka;
using OrleansIngest.Streaming.Kafka.Hosting;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>What a provider is told, and what it refuses.</summary>
public sealed class OptionsTests
{
    [Fact]
    public void The_defaults_with_a_topic_and_a_broker_are_right()
    {
        Assert.Empty(Valid().Validate(reads: true));
        Assert.Empty(new KafkaStreamOptions { Kafka = Valid().Kafka }.Validate(reads: false));
    }

    [Theory]
    [InlineData("Topics is empty")]
    [InlineData("Topics:1")]
    [InlineData("listed twice")]
    [InlineData("ProduceTopic")]
    [InlineData("BootstrapServers")]
    [InlineData("MaxPartitions")]
    [InlineData("MaxInFlightBytes")]
    [InlineData("MaxPartitionInFlightBytes")]
    [InlineData("MaxWatermarkSpan")]
    [InlineData("MaxDeliveryRecords")]
    [InlineData("MaxDeliveryBytes")]
    [InlineData("RewindBytes")]
    [InlineData("MaxRetryDelay")]
    [InlineData("HandoverDelay")]
    [InlineData("DrainTimeout")]
    public void Every_mistake_is_named(string named)
    {
        var options = Valid();
        switch (named)
        {
            case "Topics is empty": options.Topics.Clear(); break;
            case "Topics:1": options.Topics.Add("no topic"); break;
            case "listed twice": options.Topics.Add(options.Topics[0]); break;
            case "ProduceTopic": options.ProduceTopic = "no topic"; break;
            case "BootstrapServers": options.Kafka.BootstrapServers = ""; break;
            case "MaxPartitions": options.MaxPartitions = 0; break;
            case "MaxInFlightBytes": options.MaxInFlightBytes = 0; break;
            case "MaxPartitionInFlightBytes": options.MaxPartitionInFlightBytes = 0; break;
            case "MaxWatermarkSpan": options.MaxWatermarkSpan = 1; break;
            case "MaxDeliveryRecords": options.MaxDeliveryRecords = 0; break;
            case "MaxDeliveryBytes": options.MaxDeliveryBytes = 0; break;
            case "RewindBytes": (options.Rewindable, options.RewindBytes) = (true, 0); break;
            case "MaxRetryDelay": options.MaxRetryDelay = TimeSpan.Zero; break;
            case "HandoverDelay": options.HandoverDelay = TimeSpan.FromHours(1); break;
            case "DrainTimeout": options.DrainTimeout = TimeSpan.FromSeconds(-1); break;
        }

        Assert.Contains(named, Assert.Single(options.Validate(reads: true)));
    }

    [Fact]
    public async Task A_silo_with_mistakes_does_not_start_and_lists_them_all()
    {
        using var host = Silo(silo => silo
            .AddKafkaStreams("streams", (KafkaStreamOptions o) => o.Topics = [])
            .AddMemoryGrainStorage("PubSubStore")
            .Services
            .Configure<StreamPubSubOptions>("streams", o => o.PubSubType = StreamPubSubType.ExplicitGrainBasedAndImplicit)
            .Configure<StreamPullingAgentOptions>("streams", o => o.BatchContainerBatchSize = 10));

        var refused = await Assert.ThrowsAsync<OrleansConfigurationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.All(
            ["'streams'", "Topics is empty", "BootstrapServers", "IKafkaRecordMapper", "IDeadLetterQueue", "PubSubType", "BatchContainerBatchSize"],
            part => Assert.Contains(part, refused.Message));
    }

    [Fact]
    public void A_provider_of_type_Kafka_is_bound_from_the_configuration()
    {
        using var host = Silo(
            silo => silo.Services.AddSingleton<IDeadLetterQueue>(new Observed()).AddKeyedSingleton<OrleansIngest.Streaming.Kafka.Mapping.IKafkaRecordMapper, NumberedMapper>("plant"),
            new Dictionary<string, string?>
            {
                ["Orleans:Streaming:plant:ProviderType"] = "Kafka",
                ["Orleans:Streaming:plant:Topics:0"] = "iot",
                ["Orleans:Streaming:plant:MaxPartitions"] = "12",
                ["Orleans:Streaming:plant:HandoverDelay"] = "00:00:03",
                ["Orleans:Streaming:plant:Kafka:BootstrapServers"] = "broker:9092",
                ["Orleans:Streaming:plant:Kafka:GroupId"] = "plant-silos",
                ["Orleans:Streaming:plant:Kafka:Client:client.rack"] = "a",
            });

        var options = host.Services.GetRequiredService<IOptionsMonitor<KafkaStreamOptions>>().Get("plant");
        Assert.Equal(["iot"], options.Topics);
        Assert.Equal((12, TimeSpan.FromSeconds(3)), (options.MaxPartitions, options.HandoverDelay));
        Assert.Equal(("broker:9092", "plant-silos", "a"), (options.Kafka.BootstrapServers, options.Kafka.GroupId, options.Kafka.Client["client.rack"]));
        foreach (var validator in host.Services.GetServices<IConfigurationValidator>()) validator.ValidateConfiguration();
        var agent = host.Services.GetRequiredService<IOptionsMonitor<StreamPullingAgentOptions>>().Get("plant");
        Assert.Equal((Timeout.InfiniteTimeSpan, 1), (agent.MaxEventDeliveryTime, agent.BatchContainerBatchSize));
    }

    [Fact]
    public void What_pulling_agents_log_below_errors_is_filtered_unless_the_application_says_otherwise()
    {
        static LogLevel? Level(Action<ILoggingBuilder> configure)
        {
            using var host = Silo(silo => silo.AddKafkaStreams("streams", (KafkaStreamOptions _) => { }).ConfigureLogging(configure));
            var rules = host.Services.GetRequiredService<IOptions<LoggerFilterOptions>>().Value.Rules;
            return rules.Last(r => r.ProviderName is null && r.CategoryName is { } category && "Orleans.Streams.streams".StartsWith(category, StringComparison.Ordinal)).LogLevel;
        }

        Assert.Equal(LogLevel.Error, Level(_ => { }));
        Assert.Equal(LogLevel.Debug, Level(logging => logging.AddFilter("Orleans.Streams", LogLevel.Debug)));
    }

    private static KafkaStreamOptions Valid() => new()
    {
        Topics = ["iot"],
        Kafka = new OrleansIngest.Kafka.KafkaOptions { BootstrapServers = "localhost:9092", GroupId = "group" },
    };

    private static IHost Silo(Action<ISiloBuilder> configure, Dictionary<string, string?>? configuration = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(configuration ?? []);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            configure(silo);
        });
        return builder.Build();
    }
}
