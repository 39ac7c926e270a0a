using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.State;

/// <summary>
/// Keeps each partition's epoch and watermark in <c>source_partitions</c>, for one group id. Twins have no group, so no
/// group works at a lower epoch than another one knows of the same log: their marks would hide every record from it.
/// </summary>
public sealed class SourceEpochs : ISourceEpochs
{
    // Of those that open a partition, in whatever group, the second sees what the first found. A statement of its own:
    // one sees only what was committed before it began.
    private const string Lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

    private const string Known =
        """
        SELECT group_id = $1, epoch, high_water, epoch_started_at FROM source_partitions
        WHERE cluster_id = $2 AND topic = $3 AND partition = $4
        """;

    // A partition that moves to another cluster begins there: rows carry no cluster, only when they were created. So a
    // group takes over when another one began there, unless it has read elsewhere since.
    // clock_timestamp, not now: rows that were committed since this transaction began belong to the older epoch.
    private const string Enter =
        """
        INSERT INTO source_partitions AS s (group_id, cluster_id, topic, partition, epoch, epoch_started_at)
        SELECT $1, $2, $3, $4, $5, CASE
            WHEN $6 IS NOT NULL AND $6 > ALL (
                SELECT o.epoch_started_at FROM source_partitions o
                WHERE o.group_id = $1 AND o.topic = $3 AND o.partition = $4 AND o.cluster_id <> $2) THEN $6
            WHEN $5 = 0 AND NOT EXISTS (
                SELECT FROM source_partitions o WHERE o.topic = $3 AND o.partition = $4 AND o.cluster_id <> $2) THEN 'epoch'
            ELSE clock_timestamp() END
        ON CONFLICT (group_id, cluster_id, topic, partition) DO UPDATE
        SET epoch = EXCLUDED.epoch,
            epoch_started_at = CASE WHEN s.epoch = EXCLUDED.epoch THEN s.epoch_started_at ELSE EXCLUDED.epoch_started_at END,
            high_water = CASE WHEN s.epoch = EXCLUDED.epoch THEN s.high_water END,
            updated_at = now()
        RETURNING epoch, epoch_started_at
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
        await using (var command = new NpgsqlCommand(Lock, connection))
        {
            command.Parameters.Add(new() { Value = $"source {start.ClusterId}/{start.Topic}/{start.Partition}" });
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        var known = await ReadKnownAsync(connection, start, cancellationToken);
        var source = await EnterAsync(connection, start, KnownEpochs.Choose(known, start), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return source.Epoch > 0 && !known.Exists(k => k.IsOurs) && known.Count > 0 ? source with { IsNewToGroup = true } : source;
    }

    private async ValueTask<List<KnownEpoch>> ReadKnownAsync(
        NpgsqlConnection connection, PartitionStart start, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Known, connection);
        AddPartition(command, start);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var known = new List<KnownEpoch>();
        while (await reader.ReadAsync(cancellationToken))
        {
            known.Add(new(
                reader.GetBoolean(0),
                reader.GetInt32(1),
                await reader.IsDBNullAsync(2, cancellationToken) ? null : reader.GetInt64(2),
                reader.GetDateTime(3)));
        }

        return known;
    }

    private async ValueTask<RecordSource> EnterAsync(
        NpgsqlConnection connection, PartitionStart start, (int Epoch, DateTime? StartedAt) chosen, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Enter, connection);
        AddPartition(command, start);
        command.Parameters.Add(new() { Value = chosen.Epoch });
        command.Parameters.Add(new() { Value = (object?)chosen.StartedAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new RecordSource(
            start.ClusterId, start.Topic, start.Partition, reader.GetInt32(0), Micros.Of(reader.GetDateTime(1)));
    }

    private void AddPartition(NpgsqlCommand command, in PartitionStart start)
    {
        command.Parameters.Add(new() { Value = _groupId });
        command.Parameters.Add(new() { Value = start.ClusterId });
        command.Parameters.Add(new() { Value = start.Topic });
        command.Parameters.Add(new() { Value = start.Partition });
    }
}
