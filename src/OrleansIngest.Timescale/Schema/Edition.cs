using Npgsql;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Schema;

/// <summary>Which TimescaleDB a server runs.</summary>
/// <param name="Version">Version of the extension, such as <c>2.19.3</c>.</param>
/// <param name="IsCommunity">Whether compression, continuous aggregates and policies exist (license <c>timescale</c>, not <c>apache</c>).</param>
public sealed record Edition(string Version, bool IsCommunity)
{
    /// <summary>Asks the database.</summary>
    /// <exception cref="SchemaException">The database has no TimescaleDB extension.</exception>
    public static async Task<Edition> DetectAsync(TimescaleConnections connections, CancellationToken cancellationToken)
    {
        await using var command = connections.Queries.CreateCommand(
            "SELECT extversion, current_setting('timescaledb.license', true) FROM pg_extension WHERE extname = 'timescaledb'");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            throw new SchemaException(
                $"The database {connections.Endpoint} has no TimescaleDB extension. Apply the migrations (ingest migrate), or as a superuser: CREATE EXTENSION timescaledb;");
        }

        return new Edition(reader.GetString(0), !reader.IsDBNull(1) && reader.GetString(1) == "timescale");
    }

    /// <inheritdoc />
    public override string ToString() => $"TimescaleDB {Version} ({(IsCommunity ? "Community" : "Apache")} edition)";
}
