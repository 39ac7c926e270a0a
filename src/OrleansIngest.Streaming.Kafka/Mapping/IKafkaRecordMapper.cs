using OrleansIngest.Core.Records;

namespace OrleansIngest.Streaming.Kafka.Mapping;

/// <summary>
/// Turns records into events of streams: the application's part. Registered by
/// <see cref="Hosting.SiloKafkaStreamConfigurator.UseMapper{TMapper}"/>, or as a service, keyed by the provider's name or not.
/// </summary>
public interface IKafkaRecordMapper
{
    /// <summary>
    /// Maps the records of one poll of one partition, in offset order. Called on the thread that reads, one call at a time:
    /// decode and sort, wait for nothing. Each record goes to one stream or is rejected, by
    /// <see cref="MappedRecords"/>; what is forgotten holds its partition's watermark back for ever. Where this throws,
    /// everything it did in this call is undone and the records come again, one by one.
    /// </summary>
    void Map(ReadOnlySpan<SourceRecord> records, MappedRecords mapped);
}
