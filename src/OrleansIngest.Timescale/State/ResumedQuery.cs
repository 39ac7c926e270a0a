using System.Runtime.CompilerServices;
using Npgsql;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.State;

/// <summary>
/// Streams the rows of an ordered query and, where the connection is lost in the middle, asks again for those after the
/// last row that it gave: none is missing, none comes twice, and no more than a page is kept in memory.
/// </summary>
internal sealed class ResumedQuery<TRow>(
    NpgsqlDataSource source,
    TransientRetry retry,
    Outage outage,
    Func<NpgsqlDataReader, TRow> read,
    Func<TRow?, NpgsqlCommand> commandAfter)
    where TRow : struct
{
    private const int PageSize = 128;

    public async IAsyncEnumerable<TRow> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var page = new List<TRow>(PageSize);
        TRow? last = null;
        NpgsqlConnection? connection = null;
        NpgsqlDataReader? reader = null;
        try
        {
            do
            {
                await retry.RunAsync(FillPageAsync, outage, cancellationToken);
                foreach (var row in page)
                {
                    yield return row;
                }
            }
            while (page.Count == PageSize);
        }
        finally
        {
            await CloseAsync();
        }

        async ValueTask FillPageAsync(CancellationToken token)
        {
            page.Clear();
            try
            {
                connection ??= await source.OpenConnectionAsync(token);
                reader ??= await OpenReaderAsync(connection, commandAfter(last), token);
                while (page.Count < PageSize && await reader.ReadAsync(token))
                {
                    page.Add(read(reader));
                }
            }
            catch
            {
                await CloseAsync();
                throw;
            }

            last = page.Count > 0 ? page[^1] : last;
        }

        async ValueTask CloseAsync()
        {
            if (reader is not null)
            {
                await reader.DisposeAsync();
                reader = null;
            }

            if (connection is not null)
            {
                await connection.DisposeAsync();
                connection = null;
            }
        }
    }

    private static async ValueTask<NpgsqlDataReader> OpenReaderAsync(
        NpgsqlConnection connection, NpgsqlCommand command, CancellationToken cancellationToken)
    {
        command.Connection = connection;
        return await command.ExecuteReaderAsync(cancellationToken);
    }
}
