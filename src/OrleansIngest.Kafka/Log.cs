using Microsoft.Extensions.Logging;

namespace OrleansIngest.Kafka;

/// <summary>Everything that this project logs, an event id each.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 100, Message = "{Client} {Facility}: {Text}")]
    public static partial void ClientSaid(this ILogger logger, LogLevel level, string client, string facility, string text);

    [LoggerMessage(101, LogLevel.Warning, "Kafka cannot be reached ({Servers}): {Reason}. Reading and committing wait and go on by themselves; check that the brokers run and that Kafka:BootstrapServers is right.")]
    public static partial void BrokersDown(this ILogger logger, string servers, string reason);

    [LoggerMessage(102, LogLevel.Information, "Kafka is back ({Servers}) after {Outage}.")]
    public static partial void BrokersBack(this ILogger logger, string servers, TimeSpan outage);

    [LoggerMessage(103, LogLevel.Warning, "Kafka client: {Code}: {Reason}. It tries again by itself.")]
    public static partial void ClientError(this ILogger logger, string code, string reason);

    [LoggerMessage(104, LogLevel.Debug, "Kafka client: {Code}: {Reason}.")]
    public static partial void ClientErrorInOutage(this ILogger logger, string code, string reason);

    [LoggerMessage(105, LogLevel.Warning, "Waiting for topics that do not exist or cannot be read: {Topics}. Create them, or mend Kafka:Topics.")]
    public static partial void TopicsMissing(this ILogger logger, string topics);

    [LoggerMessage(106, LogLevel.Warning, "{Topic}[{Partition}]: offsets {From} to before {To} ({Count}) were gone before they were read: retention passed them. Reading goes on at {To}; keep records longer, or find out why reading was behind.")]
    public static partial void RecordsGone(this ILogger logger, string topic, int partition, long from, long to, long count);

    [LoggerMessage(107, LogLevel.Warning, "{Topic}[{Partition}] began again: offset {Expected} was next, but the log now holds {Low} to before {High} (a re-created topic, or a broker that lost its data). It is read from its beginning.")]
    public static partial void LogBeganAgain(this ILogger logger, string topic, int partition, long expected, long low, long high);

    [LoggerMessage(108, LogLevel.Information, "{Topic}[{Partition}] cannot be read on at offset {Offset} ({Code}); looking where its log stands.")]
    public static partial void PartitionLost(this ILogger logger, string topic, int partition, long offset, string code);

    [LoggerMessage(109, LogLevel.Debug, "{Topic}[{Partition}] is read from offset {Offset}, epoch {Epoch}.")]
    public static partial void PartitionOpened(this ILogger logger, string topic, int partition, long offset, int epoch);

    [LoggerMessage(110, LogLevel.Information, "Began to read {Count} partitions; {Total} are read.")]
    public static partial void ReadingPartitions(this ILogger logger, int count, int total);

    [LoggerMessage(111, LogLevel.Error, "{Partition} and {Others} other partitions could not be opened; they are tried again.")]
    public static partial void OpeningFailed(this ILogger logger, string partition, int others, Exception exception);

    [LoggerMessage(112, LogLevel.Warning, "Offsets cannot be committed: {Reason}. Reading goes on; after a restart now, records would be read twice.")]
    public static partial void CommitFailed(this ILogger logger, string reason);

    [LoggerMessage(113, LogLevel.Information, "Offsets are committed again.")]
    public static partial void CommitWorks(this ILogger logger);

    [LoggerMessage(114, LogLevel.Critical, "Reading from Kafka has ended: {Reason}.")]
    public static partial void ReadingFailed(this ILogger logger, string reason);

    [LoggerMessage(115, LogLevel.Warning, "The Kafka client did not close within {Patience} and is left to the end of the process.")]
    public static partial void CloseAbandoned(this ILogger logger, TimeSpan patience);

    [LoggerMessage(116, LogLevel.Warning, "Waiting for partitions: {Partitions}. The others are read on; check the brokers that should lead these.")]
    public static partial void LeadersLost(this ILogger logger, string partitions);

    [LoggerMessage(117, LogLevel.Information, "Every partition has a leader again.")]
    public static partial void LeadersBack(this ILogger logger);

    [LoggerMessage(120, LogLevel.Error, "Dead letters cannot be written: {Problem}. Records that belong there wait and are not committed; it is tried again by itself.")]
    public static partial void DeadLettersWait(this ILogger logger, string problem);

    [LoggerMessage(121, LogLevel.Information, "Dead letters can be written to {Topic} after {Outage}.")]
    public static partial void DeadLettersFlow(this ILogger logger, string topic, TimeSpan outage);

    [LoggerMessage(122, LogLevel.Warning, "The Kafka producer failed for good and was replaced; what it had not sent is sent again.")]
    public static partial void ProducerReplaced(this ILogger logger);
}
