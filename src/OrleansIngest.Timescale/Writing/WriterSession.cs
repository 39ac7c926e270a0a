using System.Data;
using Npgsql;
using OrleansIngest.Core.Rows;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Writing;

/// <summary>
/// A writer's connection and the two ways to store rows over it. After a failure that lies with the rows it is usable as
/// before; after any other it is to be disposed of.
/// </summary>
internal sealed class WriterSession : IAsyncDisposable
{
    /// <summary>Bytes sent at once: the server works on them while the next are encoded.</summary>
    private const int ChunkSize = 128 * 1024;

    // Only Community has compressed chunks, and the limit on what a repeat may decompress.
    private const string LiftDecompressionLimit =
        """
        SELECT set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', false)
        FROM pg_extension WHERE extname = 'timescaledb' AND current_setting('timescaledb.license', true) = 'timescale'
        """;

    private readonly NpgsqlConnection _connection;
    private readonly TableStatements[] _statements;
    private readonly CopyEncoder _encoder = new();
    private readonly bool[] _hasStage;

    private WriterSession(NpgsqlConnection connection, TableStatements[] statements)
    {
        _connection = connection;
        _statements = statements;
        _hasStage = new bool[statements.Length];
    }

    /// <summary>Whether the connection is there as far as this side knows.</summary>
    public bool IsOpen => _connection.State == ConnectionState.Open;

    /// <param name="source">Sessions that are not pooled.</param>
    /// <param name="statements">By <see cref="Table.Index"/>.</param>
    /// <param name="opened">Called before anything is written.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask<WriterSession> OpenAsync(
        NpgsqlDataSource source,
        TableStatements[] statements,
        Func<NpgsqlConnection, CancellationToken, ValueTask>? opened,
        CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            await ExecuteAsync(connection, LiftDecompressionLimit, cancellationToken);
            if (opened is not null)
            {
                await opened(connection, cancellationToken);
            }

            return new WriterSession(connection, statements);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Optimistic: COPY straight into the tables. Fails with 23505 where a key is there already or comes twice.</summary>
    public async ValueTask CopyAsync(RowsByTable rows, CancellationToken cancellationToken)
    {
        if (rows.TableCount == 1)
        {
            // A COPY alone is a transaction: no round trips for BEGIN and COMMIT.
            await CopyTablesAsync(rows, cancellationToken);
            return;
        }

        await using var transaction = await _connection.BeginTransactionAsync(cancellationToken);
        await CopyTablesAsync(rows, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>By way of staging tables, so that rows whose key is there already are left out or replace what is there.</summary>
    /// <returns>The rows that the tables took.</returns>
    public async ValueTask<int> StageAsync(RowsByTable rows, CancellationToken cancellationToken)
    {
        await CreateStagesAsync(rows, cancellationToken);
        var taken = 0;
        await using var transaction = await _connection.BeginTransactionAsync(cancellationToken);
        foreach (var table in _statements)
        {
            if (rows[table.Table] is { Count: > 0 } tableRows)
            {
                await CopyAsync(table.CopyToStage, table.Table, tableRows, withOrdinal: true, cancellationToken);
                taken += await ExecuteAsync(_connection, table.Merge, cancellationToken);
            }
        }

        await transaction.CommitAsync(cancellationToken);
        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        _encoder.Dispose();
        await _connection.DisposeAsync();
    }

    private async ValueTask CopyTablesAsync(RowsByTable rows, CancellationToken cancellationToken)
    {
        foreach (var table in _statements)
        {
            if (rows[table.Table] is { Count: > 0 } tableRows)
            {
                await CopyAsync(table.Copy, table.Table, tableRows, withOrdinal: false, cancellationToken);
            }
        }
    }

    private async ValueTask CopyAsync(
        string statement, Table table, List<Row> rows, bool withOrdinal, CancellationToken cancellationToken)
    {
        var copy = await _connection.BeginRawBinaryCopyAsync(statement, cancellationToken);
        try
        {
            _encoder.Clear();
            _encoder.BeginCopy();
            for (var next = 0; next < rows.Count;)
            {
                next = Encode(table, rows, next, withOrdinal);
                if (next == rows.Count)
                {
                    _encoder.EndCopy();
                }

                await copy.WriteAsync(_encoder.Written, cancellationToken);
                _encoder.Clear();
            }
        }
        catch
        {
            await AbandonAsync(copy);
            throw;
        }

        // Tells the server that this was all, and throws what it has to say.
        await copy.DisposeAsync();
    }

    /// <summary>Encodes rows until a chunk is full; returns the index of the first that is not encoded.</summary>
    private int Encode(Table table, List<Row> rows, int from, bool withOrdinal)
    {
        var columns = table.Columns.Count + (withOrdinal ? 1 : 0);
        try
        {
            while (from < rows.Count && _encoder.Length < ChunkSize)
            {
                _encoder.BeginRow(columns);
                if (withOrdinal)
                {
                    _encoder.Int32(from);
                }

                table.Write(rows[from], _encoder);
                from++;
            }

            return from;
        }
        catch (RowEncodingException error)
        {
            var column = table.Columns[_encoder.Column - (withOrdinal ? 1 : 0)];
            throw new RowEncodingException(error.SqlState, $"{error.Message}, table \"{table.Name}\", column \"{column.Name}\"");
        }
    }

    /// <summary>Takes back what was sent: merely disposing of the stream would commit it.</summary>
    private async ValueTask AbandonAsync(NpgsqlRawCopyStream copy)
    {
        try
        {
            await copy.CancelAsync();
        }
        catch (Exception)
        {
            // The connection is gone or out of step; ending it takes the COPY back as well.
            await _connection.CloseAsync();
        }
    }

    private async ValueTask CreateStagesAsync(RowsByTable rows, CancellationToken cancellationToken)
    {
        foreach (var table in _statements)
        {
            var index = table.Table.Index;
            if (!_hasStage[index] && rows[table.Table].Count > 0)
            {
                await ExecuteAsync(_connection, table.CreateStage, cancellationToken);
                _hasStage[index] = true;
            }
        }
    }

    private static async ValueTask<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
