using Npgsql;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Testing.Timescale;
using OrleansIngest.Timescale.Writing;

namespace OrleansIngest.Timescale.Tests.Writing;

/// <summary>A writer on a test database, with what it logs.</summary>
internal sealed class WriterRun : IAsyncDisposable
{
    public const int OutageBegan = 2001;
    public const int OutageEnded = 2002;
    public const int WriterStopped = 2003;

    public WriterRun(
        TestDatabase database,
        Action<TimescaleOptions>? change = null,
        Func<NpgsqlConnection, CancellationToken, ValueTask>? opened = null)
    {
        Writer = new BatchWriter(database.Connections, database.With(change ?? (_ => { })), Log, TimeProvider.System, opened);
    }

    public LogRecorder<BatchWriter> Log { get; } = new();

    public BatchWriter Writer { get; }

    public WriterHealth Health => Writer.Health;

    /// <summary>Hands in batches one after the other without waiting, then waits for all; what was refused.</summary>
    public async Task<IReadOnlyList<RefusedRecord>> WriteAsync(params IEnumerable<DeviceBatch> batches)
    {
        var tasks = batches.Select(Writer.WriteAsync).ToList();
        return [.. (await Until.DoneAsync(Task.WhenAll(tasks))).SelectMany(refused => refused)];
    }

    public ValueTask DisposeAsync() => Writer.DisposeAsync();
}
