using Npgsql;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Schema;

/// <summary>Creates the database itself where it is missing. For set-up and tests: a host in production never does.</summary>
public static class DatabaseCreator
{
    private const string AdministrativeDatabase = "postgres";

    /// <summary>Makes sure that the database exists, with the maintenance role where there is one.</summary>
    /// <returns>Whether it was created.</returns>
    /// <exception cref="SchemaException">It does not exist and the role may not create it.</exception>
    /// <exception cref="NpgsqlException">The server cannot be reached or refuses the role.</exception>
    public static async Task<bool> EnsureAsync(TimescaleOptions options, CancellationToken cancellationToken)
    {
        var settings = TimescaleConnections.With(TimescaleConnections.Parse(options), s =>
        {
            s.Database = AdministrativeDatabase;
            s.Pooling = false;
            if (options.MaintenanceUsername.Length > 0)
            {
                s.Username = options.MaintenanceUsername;
                s.Password = options.MaintenancePassword;
            }
        });
        await using var source = NpgsqlDataSource.Create(settings);
        await using var exists = source.CreateCommand("SELECT true FROM pg_database WHERE datname = $1");
        exists.Parameters.Add(new() { Value = options.Database });
        if (await exists.ExecuteScalarAsync(cancellationToken) is true)
        {
            return false;
        }

        try
        {
            await using var create = source.CreateCommand(
                $"CREATE DATABASE {new NpgsqlCommandBuilder().QuoteIdentifier(options.Database)}");
            await create.ExecuteNonQueryAsync(cancellationToken);
            return true;
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            return false; // someone else was quicker
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new SchemaException(
                $"The database \"{options.Database}\" does not exist on {options.Host}:{options.Port}, and the role \"{settings.Username}\" may not create it. As a superuser: CREATE DATABASE \"{options.Database}\" OWNER \"{settings.Username}\";",
                error);
        }
    }
}
