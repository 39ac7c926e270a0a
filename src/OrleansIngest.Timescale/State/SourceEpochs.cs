using Microsoft.Extensions.Logging;
using Npgsql;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.State;

/// <summary>Keeps each partition's epoch and watermark in <c>source_partitions</c>, for one group id.</summary>
public sealed class SourceEpochs : ISourceEpochs
{
    // A partition that moves to another cluster begins there: rows carry no cluster, only when they were created.
    // The row is locked from the first statement on: of two hosts that open a partition, the second sees what the first found.
    private const string Lock =
        """
        INSERT INTO source_partitions AS s (group_id, cluster_id, topic, partition, epoch_started_at)
        SELECT $1, $2, $3, $4, CASE WHEN EXISTS (
            SELECT FROM source_partitions o WHERE o.group_id = $1 AND o.topic = $3 AND o.partition = $4 AND o.cluster_id <> $2)
            THEN clock_timestamp() ELSE 'epoch' END
        ON CONFLICT (group_id, cluster_id, topic, partition) DO UPDATE SET updated_at = now()
        RETURNING s.epoch, s.high_water, s.epoch_started_at
        """;

    // clock_timestamp, not now: rows that were committed since this transaction began belong to the older epoch.
    private const string BeginEpoch =
        """
        UPDATE source_partitions SET epoch = epoch + 1, epoch_started_at = clock_timestamp(), high_water = NULL
        WHERE group_id = $1 AND cluster_id = $2 AND topic = $3 AND partition = $4
        RETURNING epoch, high_water, epoch_started_at
        """;

    private const string List =
        """
        SELECT cluster_id, topic, partition, epoch, epoch_started_at FROM source_partitions WHERE group_id = $1
        ORDER BY cluster_id, topic, partition
        """;

    private const string Save =
        """
        UPDATE source_partitions s
        SET high_water = greatest(s.high_water, w.high_water), updated_at = now()
        FROM unnest($2::text[], $3::text[], $4::int[], $5::int[], $6::bigint[]) AS w(cluster_id, topic, partition, epoch, high_water)
        WHERE s.group_id = $1 AND s.cluster_id = w.cluster_id AND s.topic = w.topic AND s.partition = w.partition
          AND s.epoch = w.epoch
        """;

    private readonly NpgsqlDataSource _source;
    private readonly string _groupId;
    private readonly TransientRetry _retry;

    /// <param name="connections">Where <c>source_partitions</c> is.</param>
    /// <param name="options">Delays between tries.</param>
    /// <param name="groupId">The Kafka group id.</param>
    /// <param name="logger">Told of outages, once at the start and once at the end.</param>
    /// <param name="time">The clock of the delays.</param>
    public SourceEpochs(TimescaleConnections connections, TimescaleOptions options, string groupId, ILogger<SourceEpochs> logger, TimeProvider time)
    {
        _source = connections.Queries;
        _groupId = groupId;
        _retry = new TransientRetry(options, time);
        Outage = new Outage("Keeping track of partitions", logger, time);
    }

    /// <summary>Whether the database can be used for this at present.</summary>
    public Outage Outage { get; }

    /// <inheritdoc />
    public async Task<RecordSource> ResolveAsync(PartitionStart start, CancellationToken cancellationToken)
    {
        RecordSource? source = null;
        await _retry.RunAsync(async token => source = await TryResolveAsync(start, token), Outage, cancellationToken);
        return source!;
    }

    /// <inheritdoc />
    public async Task SaveAsync(IReadOnlyList<SourceWatermark> watermarks, CancellationToken cancellationToken)
    {
        if (watermarks.Count == 0)
        {
            return;
        }

        // One order for all, so that two savers never wait for each other in a circle.
        var ordered = watermarks.OrderBy(mark => mark.Source.Topic, StringComparer.Ordinal).ThenBy(mark => mark.Source.Partition).ToList();
        await _retry.RunAsync(
            async token =>
            {
                await using var command = _source.CreateCommand(Save);
                command.Parameters.Add(new() { Value = _groupId });
                command.Parameters.Add(new() { Value = ordered.ConvertAll(mark => mark.Source.ClusterId) });
                command.Parameters.Add(new() { Value = ordered.ConvertAll(mark => mark.Source.Topic) });
                command.Parameters.Add(new() { Value = ordered.ConvertAll(mark => mark.Source.Partition) });
                command.Parameters.Add(new() { Value = ordered.ConvertAll(mark => mark.Source.Epoch) });
                command.Parameters.Add(new() { Value = ordered.ConvertAll(mark => mark.Offset) });
                await command.ExecuteNonQueryAsync(token);
            },
            Outage,
            cancellationToken);
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<RecordSource>> ListAsync(CancellationToken cancellationToken)
    {
        var sources = new List<RecordSource>();
        await _retry.RunAsync(
            async token =>
            {
                sources.Clear();
                await using var command = _source.CreateCommand(List);
                command.Parameters.Add(new() { Value = _groupId });
                await using var reader = await command.ExecuteReaderAsync(token);
                while (await reader.ReadAsync(token))
                {
                    sources.Add(new(
                        reader.GetString(0), reader.GetString(1), reader.GetInt32(2), reader.GetInt32(3), Micros.Of(reader.GetDateTime(4))));
                }
            },
            Outage,
            cancellationToken);
        return sources;
    }

    private async ValueTask<RecordSource> TryResolveAsync(PartitionStart start, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var known = await ReadAsync(connection, Lock, start, cancellationToken);
        if (LogRestart.Happened(known.HighWater, start))
        {
            known = await ReadAsync(connection, BeginEpoch, start, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return new RecordSource(start.ClusterId, start.Topic, start.Partition, known.Epoch, known.StartedMicros);
    }

    private async ValueTask<(int Epoch, long? HighWater, long StartedMicros)> ReadAsync(
        NpgsqlConnection connection, string sql, PartitionStart start, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                new() { Value = _groupId }, new() { Value = start.ClusterId },
                new() { Value = start.Topic }, new() { Value = start.Partition },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (
            reader.GetInt32(0),
            await reader.IsDBNullAsync(1, cancellationToken) ? null : reader.GetInt64(1),
            Micros.Of(reader.GetDateTime(2)));
    }
}
