using System.Runtime.InteropServices;
using Confluent.Kafka;
using OrleansIngest.Kafka.Clients;

namespace OrleansIngest.Kafka.Broker;

/// <summary>librdkafka's mock cluster, which Confluent.Kafka does not expose. Its calls are safe from any thread.</summary>
internal static partial class MockClusterNative
{
    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_cluster_new")]
    public static partial IntPtr New(IntPtr client, int brokers);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_cluster_destroy")]
    public static partial void Destroy(IntPtr cluster);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    public static partial IntPtr Bootstraps(IntPtr cluster);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_set_controller_id")]
    public static partial void SetController(IntPtr cluster, int broker);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_topic_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial ErrorCode CreateTopic(IntPtr cluster, string topic, int partitions, int replicas);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_topic_delete", StringMarshalling = StringMarshalling.Utf8)]
    public static partial ErrorCode DeleteTopic(IntPtr cluster, string topic);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_topic_set_error", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SetTopicError(IntPtr cluster, string topic, ErrorCode error);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_partition_delete_records", StringMarshalling = StringMarshalling.Utf8)]
    public static partial ErrorCode DeleteRecords(IntPtr cluster, string topic, int partition, long before);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_partition_set_leader", StringMarshalling = StringMarshalling.Utf8)]
    public static partial ErrorCode SetLeader(IntPtr cluster, string topic, int partition, int broker);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_broker_set_down")]
    public static partial ErrorCode SetDown(IntPtr cluster, int broker);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_broker_set_up")]
    public static partial ErrorCode SetUp(IntPtr cluster, int broker);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_push_request_errors_array")]
    public static partial void FailRequests(IntPtr cluster, short api, nint count, [In] ErrorCode[] errors);
}
