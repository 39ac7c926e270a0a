using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansIngest.Kafka;
using OrleansIngest.Kafka.Broker;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Behaviour.Stages;

/// <summary>The broker that KAFKA_BOOTSTRAP_SERVERS names, or a built-in one of one test's own.</summary>
public sealed class StageBroker : IDisposable
{
    private readonly Uri? _control;
    private BuiltInBroker? _own;

    private StageBroker(string? servers, Uri? control)
    {
        if (servers is null) _own = new BuiltInBroker();
        _control = control;
        BootstrapServers = servers ?? _own!.BootstrapServers;
    }

    /// <summary>Its addresses.</summary>
    public string BootstrapServers { get; private set; }

    /// <summary>Whether it is a built-in one, here or in another process.</summary>
    public bool IsBuiltIn => _own is not null || _control is not null;

    /// <summary>The built-in broker, for faults.</summary>
    public BuiltInBroker Own => _own ?? throw new InvalidOperationException("This broker is not the test's own.");

    /// <param name="own">Whether the test needs one of its own, for faults; else the environment decides.</param>
    public static StageBroker Get(bool own)
    {
        var servers = Environment.GetEnvironmentVariable("KAFKA_BOOTSTRAP_SERVERS");
        var control = Environment.GetEnvironmentVariable("BROKER_CONTROL");
        return own || string.IsNullOrEmpty(servers)
            ? new StageBroker(null, null)
            : new StageBroker(servers, string.IsNullOrEmpty(control) ? null : new Uri(control));
    }

    /// <summary>Creates a topic.</summary>
    public async Task CreateTopicAsync(string name, int partitions, CancellationToken cancellationToken)
    {
        if (_own is not null)
        {
            _own.CreateTopic(name, partitions);
            return;
        }

        await new TopicAdmin(Clients()).EnsureAsync([name], partitions, _control, cancellationToken);
    }

    /// <summary>Deletes topics of a broker that others go on using.</summary>
    public async Task DeleteTopicsAsync(IReadOnlyList<string> names)
    {
        if (_own is not null) return;
        if (_control is not null)
        {
            using var control = new BrokerControlClient(_control);
            foreach (var name in names) await control.DeleteTopicAsync(name, CancellationToken.None);
            return;
        }

        using var admin = Clients().CreateAdmin();
        await admin.DeleteTopicsAsync(names);
    }

    /// <summary>Raises a topic's number of partitions. Only a real broker can.</summary>
    public async Task AddPartitionsAsync(string topic, int partitions)
    {
        using var admin = Clients().CreateAdmin();
        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = partitions }]);
    }

    /// <summary>Ends the test's own broker and starts an empty one, at another address.</summary>
    public void BeginAgain()
    {
        Own.Dispose();
        _own = new BuiltInBroker();
        BootstrapServers = _own.BootstrapServers;
    }

    /// <inheritdoc />
    public void Dispose() => _own?.Dispose();

    private KafkaClients Clients() => new(new KafkaOptions { BootstrapServers = BootstrapServers }, NullLogger<KafkaClients>.Instance);
}
