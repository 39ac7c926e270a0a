using System.Net;
using Microsoft.Extensions.Logging;
using Npgsql;
using OrleansIngest.Timescale;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Silo.Clustering;

/// <summary>The silos of a cluster as the membership table has them. Outages of the database only delay.</summary>
internal sealed class MemberTable : IAsyncDisposable
{
    // 6 is Orleans' number for dead.
    private const string Read =
        """
        SELECT address, port, generation, silo_name, extract(epoch FROM now() - alive_time)::double precision
        FROM orleans_silo WHERE cluster_id = $1 AND status <> 6
        ORDER BY address, port, generation
        """;

    // As Orleans' own changes do: the version is raised, so that a change that was made meanwhile on older knowledge fails.
    private const string DeclareDead =
        """
        WITH dead AS (
            UPDATE orleans_silo s SET status = 6
            FROM unnest($2::text[], $3::int[], $4::int[]) AS m(address, port, generation)
            WHERE s.cluster_id = $1 AND s.address = m.address AND s.port = m.port AND s.generation = m.generation AND s.status <> 6
            RETURNING s.cluster_id)
        UPDATE orleans_cluster SET version = version + 1, changed_at = now() WHERE cluster_id IN (SELECT cluster_id FROM dead)
        """;

    private readonly string _cluster;
    private readonly NpgsqlDataSource _source;
    private readonly TransientRetry _retry;
    private readonly Outage _outage;

    public MemberTable(string clusterSettings, string cluster, TimescaleOptions options, TimeProvider clock, ILogger logger)
    {
        _cluster = cluster;
        _source = NpgsqlDataSource.Create(clusterSettings);
        _retry = new TransientRetry(options, clock);
        _outage = new Outage("looking for silos", logger, clock);
    }

    /// <summary>The silos that are not dead.</summary>
    public async Task<List<Member>> ReadAsync(CancellationToken cancellationToken)
    {
        var members = new List<Member>();
        await _retry.RunAsync(
            async token =>
            {
                members.Clear();
                await using var command = _source.CreateCommand(Read);
                command.Parameters.Add(new() { Value = _cluster });
                await using var reader = await command.ExecuteReaderAsync(token);
                while (await reader.ReadAsync(token))
                {
                    members.Add(new Member(
                        new IPEndPoint(IPAddress.Parse(reader.GetString(0)), reader.GetInt32(1)), reader.GetInt32(2), reader.GetString(3),
                        TimeSpan.FromSeconds(reader.GetDouble(4))));
                }
            },
            _outage,
            cancellationToken);
        return members;
    }

    /// <summary>Declares silos dead.</summary>
    public async Task DeclareDeadAsync(List<Member> members, CancellationToken cancellationToken) => await _retry.RunAsync(
        async token =>
        {
            await using var command = _source.CreateCommand(DeclareDead);
            command.Parameters.Add(new() { Value = _cluster });
            command.Parameters.Add(new() { Value = members.ConvertAll(m => m.Endpoint.Address.ToString()) });
            command.Parameters.Add(new() { Value = members.ConvertAll(m => m.Endpoint.Port) });
            command.Parameters.Add(new() { Value = members.ConvertAll(m => m.Generation) });
            await command.ExecuteNonQueryAsync(token);
        },
        _outage,
        cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _source.DisposeAsync();
}

/// <summary>A silo of the membership table.</summary>
/// <param name="Endpoint">Where other silos reach it.</param>
/// <param name="Generation">Which of the silos that were at that endpoint.</param>
/// <param name="Name">Its name.</param>
/// <param name="SilentFor">Since it last noted that it lives.</param>
internal sealed record Member(IPEndPoint Endpoint, int Generation, string Name, TimeSpan SilentFor)
{
    /// <inheritdoc />
    public override string ToString() => $"{Name} at {Endpoint}, silent for {SilentFor.TotalSeconds:0} s";
}
