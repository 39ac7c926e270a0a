using Npgsql;
using OrleansIngest.Testing.Timescale;

namespace OrleansIngest.Timescale.Tests.Writing;

/// <summary>Holds iot_measurements locked against everybody.</summary>
internal sealed class TableLock : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly NpgsqlConnection _connection;

    private TableLock(TestDatabase database, NpgsqlConnection connection)
    {
        _database = database;
        _connection = connection;
    }

    public static async Task<TableLock> TakeAsync(TestDatabase database)
    {
        var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("BEGIN; LOCK TABLE iot_measurements IN ACCESS EXCLUSIVE MODE", connection);
        await command.ExecuteNonQueryAsync();
        return new TableLock(database, connection);
    }

    public Task<bool> IsWaitedForAsync() => _database.ScalarAsync<bool>(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'iot_measurements'::regclass)");

    public async Task ReleaseAsync()
    {
        await using var command = new NpgsqlCommand("ROLLBACK", _connection);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
