using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Kafka.Broker;

/// <summary>
/// A Kafka cluster in this process, for demos and tests: it speaks the real protocol on 127.0.0.1 and keeps everything
/// in memory. It holds 5 MiB and 100,000 batches a partition and drops the oldest beyond that without a word.
/// </summary>
public sealed class BuiltInBroker : IDisposable
{
    private readonly ConcurrentDictionary<string, int> _topics = new(StringComparer.Ordinal);
    private readonly int _brokers;
    private readonly Lock _lock = new();
    private IntPtr _client;
    private IntPtr _cluster;

    /// <summary>Starts a cluster of that many brokers, each on a free port.</summary>
    /// <exception cref="InvalidOperationException">It does not start.</exception>
    public BuiltInBroker(int brokers = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(brokers);
        _brokers = brokers;
        var error = new byte[Librdkafka.ErrorLength];
        var conf = Librdkafka.ConfNew();
        // The client that carries the cluster has no brokers itself, and would say so at level 5.
        _ = Librdkafka.ConfSet(conf, "log_level", "4", error, error.Length);
        _client = Librdkafka.New(Librdkafka.ClientType.Producer, conf, error, error.Length);
        if (_client == IntPtr.Zero)
        {
            Librdkafka.ConfDestroy(conf);
            throw new InvalidOperationException($"The built-in broker does not start: {Librdkafka.Text(error)}");
        }

        _cluster = MockClusterNative.New(_client, brokers);
        if (_cluster == IntPtr.Zero)
        {
            Librdkafka.Destroy(_client);
            throw new InvalidOperationException("The built-in broker does not start: no port on 127.0.0.1 can be had.");
        }

        // Without one, admin calls wait for a controller until they time out.
        MockClusterNative.SetController(_cluster, 1);
        BootstrapServers = Marshal.PtrToStringUTF8(MockClusterNative.Bootstraps(_cluster))!;
    }

    /// <summary>Its addresses, as host:port, comma-separated.</summary>
    public string BootstrapServers { get; }

    /// <summary>The topics created here, with their numbers of partitions. Those that a producer caused are not among them.</summary>
    public IReadOnlyDictionary<string, int> Topics => _topics;

    /// <summary>Whether it is down (<see cref="TakeDown"/>).</summary>
    public bool IsDown { get; private set; }

    /// <summary>Creates a topic. False where it exists already.</summary>
    public bool CreateTopic(string name, int partitions)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(partitions);
        var error = Call(cluster => MockClusterNative.CreateTopic(cluster, name, partitions, 1));
        if (error == ErrorCode.TopicAlreadyExists) return false;
        Check(error, $"create topic '{name}'");
        _topics[name] = partitions;
        return true;
    }

    /// <summary>Deletes a topic with its records and the offsets committed in it. False where it does not exist.</summary>
    public bool DeleteTopic(string name)
    {
        var error = Call(cluster => MockClusterNative.DeleteTopic(cluster, name));
        _topics.TryRemove(name, out _);
        if (error == ErrorCode.UnknownTopicOrPart) return false;
        Check(error, $"delete topic '{name}'");
        return true;
    }

    /// <summary>Drops the records of a partition before an offset, as retention does.</summary>
    public void DeleteRecords(string topic, int partition, long before) =>
        Check(Call(cluster => MockClusterNative.DeleteRecords(cluster, topic, partition, before)), $"delete records of {topic}[{partition}]");

    /// <summary>Closes every connection and listens no more, keeping what is stored.</summary>
    public void TakeDown()
    {
        for (var i = 1; i <= _brokers; i++) Check(Call(cluster => MockClusterNative.SetDown(cluster, i)), $"take broker {i} down");
        IsDown = true;
    }

    /// <summary>Takes one broker (from 1) down; the partitions that it leads stay with it.</summary>
    public void TakeDown(int broker) => Check(Call(cluster => MockClusterNative.SetDown(cluster, broker)), $"take broker {broker} down");

    /// <summary>Lets one broker listen again.</summary>
    public void BringUp(int broker) => Check(Call(cluster => MockClusterNative.SetUp(cluster, broker)), $"bring broker {broker} up");

    /// <summary>Listens again.</summary>
    public void BringUp()
    {
        for (var i = 1; i <= _brokers; i++) Check(Call(cluster => MockClusterNative.SetUp(cluster, i)), $"bring broker {i} up");
        IsDown = false;
    }

    /// <summary>Answers for a topic with an error from now on; <see cref="ErrorCode.NoError"/> ends that.</summary>
    public void SetTopicError(string topic, ErrorCode error) => Call(cluster =>
    {
        MockClusterNative.SetTopicError(cluster, topic, error);
        return ErrorCode.NoError;
    });

    /// <summary>Makes a broker (from 1) lead a partition, or none: only while nobody reads it, since the native code breaks at a fetch then.</summary>
    public void SetLeader(string topic, int partition, int? broker) =>
        Check(Call(cluster => MockClusterNative.SetLeader(cluster, topic, partition, broker ?? -1)), $"set the leader of {topic}[{partition}]");

    /// <summary>Answers the next requests of a kind (Kafka's API key) with these errors, one each.</summary>
    public void FailRequests(short api, params ErrorCode[] errors) => Call(cluster =>
    {
        MockClusterNative.FailRequests(cluster, api, errors.Length, errors);
        return ErrorCode.NoError;
    });

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            if (_cluster == IntPtr.Zero) return;
            MockClusterNative.Destroy(_cluster);
            Librdkafka.Destroy(_client);
            _cluster = _client = IntPtr.Zero;
        }
    }

    private ErrorCode Call(Func<IntPtr, ErrorCode> call)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_cluster == IntPtr.Zero, this);
            return call(_cluster);
        }
    }

    private static void Check(ErrorCode error, string what)
    {
        if (error != ErrorCode.NoError) throw new InvalidOperationException($"The built-in broker cannot {what}: {error.GetReason()} ({error})");
    }
}
