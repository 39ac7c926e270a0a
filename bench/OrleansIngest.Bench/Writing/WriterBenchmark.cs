using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OrleansIngest.Bench.Load;
using OrleansIngest.Core.Decoding;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Core.Rows;
using OrleansIngest.Timescale;
using OrleansIngest.Timescale.Connections;
using OrleansIngest.Timescale.Writing;

namespace OrleansIngest.Bench.Writing;

/// <summary>
/// Three ways to store the same rows in <c>iot_measurements</c> with all its indexes. A round empties the table, opens
/// its connections and then measures from the first row sent to the last one durable.
/// </summary>
internal sealed class WriterBenchmark
{
    /// <summary>Rows in one COPY of the ceiling, as many as the writer puts into one transaction.</summary>
    private const int CopyRows = 5_000;

    /// <summary>Of so many chunks one is stored by paged inserts.</summary>
    private const int InsertedChunks = 5;

    /// <summary>INSERT statements in one round trip of the paged inserts.</summary>
    private const int PageRows = 100;

    /// <summary>Rows handed in and not yet durable, as bounded by a host.</summary>
    private const int InFlight = 40_000;

    /// <summary>Device batches that open the writer's connections, before the clock starts.</summary>
    private const int OpeningBatches = 64;

    private static readonly string Columns = string.Join(", ", Tables.Measurements.Columns.Select(column => column.Name));
    private readonly TimescaleOptions _options;
    private readonly TimescaleConnections _connections;
    private readonly List<MeasurementRow> _rows;
    private readonly List<DeviceBatch> _batches;
    private readonly List<byte[]> _text;

    /// <summary>Renders the rows.</summary>
    /// <param name="options">A migrated database that may be emptied.</param>
    /// <param name="connections">The ways to it.</param>
    /// <param name="rows">Rows of a round.</param>
    /// <param name="fleet">Whose rows they are.</param>
    public WriterBenchmark(TimescaleOptions options, TimescaleConnections connections, int rows, Fleet fleet)
    {
        _options = options;
        _connections = connections;
        var records = Decode(fleet, rows);
        _rows = [.. records.Select(record => (MeasurementRow)record.Row)];
        _batches = MakeBatches(records);
        _text = MakeText(_rows);
    }

    /// <summary>The ceiling: one connection, text COPY of rows rendered beforehand, 5,000 rows each.</summary>
    /// <returns>Rows a second.</returns>
    public async Task<double> CeilingRound(CancellationToken cancellationToken)
    {
        await EmptyAsync(cancellationToken);
        await using var connection = await _connections.Sessions.OpenConnectionAsync(cancellationToken);
        var started = TimeProvider.System.GetTimestamp();
        foreach (var text in _text)
        {
            await CopyAsync(connection, text, cancellationToken);
        }

        return await RateAsync(_rows.Count, started, cancellationToken);
    }

    /// <summary>The batch writer, with as many connections as the options say; the rows are encoded within the round.</summary>
    /// <returns>Rows a second.</returns>
    public async Task<double> WriterRound(CancellationToken cancellationToken)
    {
        await EmptyAsync(cancellationToken);
        await using var writer = new BatchWriter(_connections, _options, NullLogger<BatchWriter>.Instance, TimeProvider.System);
        var pending = new Queue<(Task<IReadOnlyList<RefusedRecord>> Write, int Rows)>();
        var inFlight = 0;
        // Some rows for each connection, so that all are open when the clock starts.
        await Task.WhenAll(_batches.Take(OpeningBatches).Select(writer.WriteAsync));
        var started = TimeProvider.System.GetTimestamp();
        foreach (var batch in _batches.Skip(OpeningBatches))
        {
            while (inFlight >= InFlight)
            {
                var (write, rows) = pending.Dequeue();
                await write;
                inFlight -= rows;
            }

            pending.Enqueue((writer.WriteAsync(batch), batch.Records.Count));
            inFlight += batch.Records.Count;
        }

        await Task.WhenAll(pending.Select(one => one.Write));
        return await RateAsync(_rows.Count - _batches.Take(OpeningBatches).Sum(batch => batch.Records.Count), started, cancellationToken);
    }

    /// <summary>
    /// The baseline: one connection, single-row INSERT statements rendered with their values, 100 of them in one round
    /// trip, each page a transaction, as psycopg2's execute_batch sends them. One chunk of five is stored so and timed;
    /// the others are copied, so that the table grows as large as with the other methods.
    /// </summary>
    /// <returns>Rows a second.</returns>
    public async Task<double> PagedInsertRound(CancellationToken cancellationToken)
    {
        await EmptyAsync(cancellationToken);
        await using var copying = await _connections.Sessions.OpenConnectionAsync(cancellationToken);
        await using var connection = await SimpleQueryConnection.OpenAsync(_options, cancellationToken);
        var seconds = 0.0;
        var rows = 0;
        for (var chunk = 0; chunk < _text.Count; chunk++)
        {
            if (chunk % InsertedChunks != 0)
            {
                await CopyAsync(copying, _text[chunk], cancellationToken);
                continue;
            }

            var started = TimeProvider.System.GetTimestamp();
            rows += await InsertPagesAsync(connection, chunk * CopyRows, cancellationToken);
            seconds += TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        }

        await VerifyAsync(cancellationToken);
        return rows / seconds;
    }

    private async Task<int> InsertPagesAsync(SimpleQueryConnection connection, int first, CancellationToken cancellationToken)
    {
        var page = new StringBuilder();
        var end = Math.Min(first + CopyRows, _rows.Count);
        for (var next = first; next < end;)
        {
            page.Clear();
            for (var pageEnd = Math.Min(next + PageRows, end); next < pageEnd; next++)
            {
                AppendInsert(page, _rows[next]);
            }

            await connection.ExecuteAsync("BEGIN", cancellationToken);
            await connection.ExecuteAsync(page.ToString(), cancellationToken);
            await connection.ExecuteAsync("COMMIT", cancellationToken);
        }

        return end - first;
    }

    private static async Task CopyAsync(NpgsqlConnection connection, byte[] text, CancellationToken cancellationToken)
    {
        await using var copy = await connection.BeginTextImportAsync(
            $"COPY {Tables.Measurements.Name} ({Columns}) FROM STDIN", cancellationToken);
        await copy.BaseStream.WriteAsync(text, cancellationToken);
    }

    private async Task EmptyAsync(CancellationToken cancellationToken)
    {
        await using var command = _connections.Maintenance.CreateCommand($"TRUNCATE {Tables.Measurements.Name}");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<double> RateAsync(int rows, long started, CancellationToken cancellationToken)
    {
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        await VerifyAsync(cancellationToken);
        return rows / seconds;
    }

    private async Task VerifyAsync(CancellationToken cancellationToken)
    {
        await using var command = _connections.Maintenance.CreateCommand($"SELECT count(*) FROM {Tables.Measurements.Name}");
        var stored = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        if (stored != _rows.Count)
        {
            throw new InvalidOperationException($"{_rows.Count} rows were written to {Tables.Measurements.Name}, but {stored} are in it.");
        }
    }

    private static List<DecodedRecord> Decode(Fleet fleet, int count)
    {
        var source = new RecordSource("bench", "decoded_iot_data", 0, 0, 0);
        var decoder = new RecordDecoders(new DecoderOptions(), TimeProvider.System).Create(RecordFormat.Decoded);
        var records = new List<DecodedRecord>(count);
        for (var i = 0; i < count; i++)
        {
            var record = new SourceRecord { Source = source, Offset = i, TimestampMicros = 0, Value = fleet.Render(i).Json };
            records.Add(decoder.TryDecode(record, out var decoded, out var rejection)
                ? decoded
                : throw new InvalidOperationException($"Record {i} was rejected as {rejection.Reason.Code()}: {rejection.Error}"));
        }

        return records;
    }

    /// <summary>Consecutive records of one device make a batch, as a poll of Kafka yields them.</summary>
    private static List<DeviceBatch> MakeBatches(List<DecodedRecord> records)
    {
        var batches = new List<DeviceBatch>();
        foreach (var record in records)
        {
            if (batches.Count == 0 || batches[^1].StreamKey != record.StreamKey)
            {
                batches.Add(new DeviceBatch(record.StreamKey, record.Source.Source, RecordFormat.Decoded));
            }

            batches[^1].Records.Add(record);
        }

        return batches;
    }

    private static List<byte[]> MakeText(List<MeasurementRow> rows) =>
        [.. rows.Chunk(CopyRows).Select(chunk => Encoding.UTF8.GetBytes(string.Concat(chunk.Select(row => string.Create(
            CultureInfo.InvariantCulture,
            $"{Time(row):yyyy-MM-dd HH:mm:ss.ffffff}+00\t{row.DeviceId}\t{row.ConnectorMode}\t{row.ComponentType}\t{row.PinPosition}\t{row.Value:R}\t{row.Unit}\t{row.Topic}\n")))))];

    private static void AppendInsert(StringBuilder page, MeasurementRow row) => page.Append(
        CultureInfo.InvariantCulture,
        $"INSERT INTO {Tables.Measurements.Name} ({Columns}) VALUES ('{Time(row):yyyy-MM-ddTHH:mm:ss.ffffff}+00:00'::timestamptz, '{row.DeviceId}', '{row.ConnectorMode}', '{row.ComponentType}', '{row.PinPosition}', {row.Value:R}, '{row.Unit}', '{row.Topic}');");

    private static DateTime Time(MeasurementRow row) => DateTime.UnixEpoch.AddTicks(row.TimeMicros * TimeSpan.TicksPerMicrosecond);
}
