using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using OrleansIngest.Core.Devices;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.State;

/// <summary>
/// Keeps twins in <c>device_state</c> and reads their durable rows back, for many devices in one query each. Outages of
/// the database only delay: a reading that was interrupted goes on after the last row that it gave.
/// </summary>
public sealed class TwinStore : ITwinStore
{
    private const string Load = "SELECT device_id, state::text, last_seen FROM device_state WHERE device_id = ANY ($1)";

    private const string Save =
        """
        INSERT INTO device_state (device_id, state, last_seen)
        SELECT s.device_id, s.state::jsonb, s.last_seen
        FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS s(device_id, state, last_seen)
        ORDER BY s.device_id
        ON CONFLICT (device_id) DO UPDATE SET state = EXCLUDED.state, last_seen = EXCLUDED.last_seen, updated_at = now()
        """;

    private readonly NpgsqlDataSource _source;
    private readonly string _groupId;
    private readonly TransientRetry _retry;

    /// <param name="connections">Where the tables are.</param>
    /// <param name="options">Delays between tries.</param>
    /// <param name="groupId">The Kafka group id, whose partitions' epochs tell which marks are still valid.</param>
    /// <param name="logger">Told of outages, once at the start and once at the end.</param>
    /// <param name="time">The clock of the delays.</param>
    public TwinStore(TimescaleConnections connections, TimescaleOptions options, string groupId, ILogger<TwinStore> logger, TimeProvider time)
    {
        _source = connections.Queries;
        _groupId = groupId;
        _retry = new TransientRetry(options, time);
        Outage = new Outage("Keeping device states", logger, time);
    }

    /// <summary>Whether the database can be used for this at present.</summary>
    public Outage Outage { get; }

    /// <inheritdoc />
    public async Task<IReadOnlyList<TwinSnapshot>> LoadAsync(IReadOnlyCollection<string> deviceIds, CancellationToken cancellationToken)
    {
        var snapshots = new List<TwinSnapshot>(deviceIds.Count);
        string[] ids = [.. deviceIds];
        await _retry.RunAsync(
            async token =>
            {
                snapshots.Clear();
                await using var command = _source.CreateCommand(Load);
                command.Parameters.Add(new() { Value = ids });
                await using var reader = await command.ExecuteReaderAsync(token);
                while (await reader.ReadAsync(token))
                {
                    snapshots.Add(new(
                        reader.GetString(0),
                        reader.GetFieldValue<byte[]>(1),
                        reader.IsDBNull(2) ? long.MinValue : Micros.Of(reader.GetDateTime(2))));
                }
            },
            Outage,
            cancellationToken);
        return snapshots;
    }

    /// <inheritdoc />
    public async Task SaveAsync(IReadOnlyList<TwinSnapshot> snapshots, CancellationToken cancellationToken)
    {
        if (snapshots.Count == 0)
        {
            return;
        }

        var ids = snapshots.Select(snapshot => snapshot.DeviceId).ToArray();
        var states = snapshots.Select(snapshot => Encoding.UTF8.GetString(snapshot.State.Span)).ToArray();
        var seen = snapshots.Select(snapshot => snapshot.LastSeenMicros == long.MinValue ? (DateTime?)null : Micros.ToTime(snapshot.LastSeenMicros)).ToArray();
        await _retry.RunAsync(
            async token =>
            {
                await using var command = _source.CreateCommand(Save);
                command.Parameters.Add(new() { Value = ids });
                command.Parameters.Add(new() { Value = states });
                command.Parameters.Add(new() { Value = seen, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
                await command.ExecuteNonQueryAsync(token);
            },
            Outage,
            cancellationToken);
    }

    /// <inheritdoc />
    public IAsyncEnumerable<JournalRow> ReadJournalAsync(IReadOnlyList<JournalRequest> requests, CancellationToken cancellationToken) =>
        Read(requests, JournalQuery.Read, last => JournalQuery.Command(_groupId, requests, last), cancellationToken);

    /// <inheritdoc />
    public IAsyncEnumerable<LatestMeasurement> ReadLatestAsync(IReadOnlyList<JournalRequest> requests, CancellationToken cancellationToken) =>
        Read(requests, LatestQuery.Read, last => LatestQuery.Command(requests, last), cancellationToken);

    private IAsyncEnumerable<TRow> Read<TRow>(
        IReadOnlyList<JournalRequest> requests,
        Func<NpgsqlDataReader, TRow> read,
        Func<TRow?, NpgsqlCommand> commandAfter,
        CancellationToken cancellationToken)
        where TRow : struct =>
        requests.Count == 0
            ? AsyncEnumerable.Empty<TRow>()
            : new ResumedQuery<TRow>(_source, _retry, Outage, read, commandAfter).ReadAsync(cancellationToken);
}
