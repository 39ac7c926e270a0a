using Microsoft.Extensions.Logging;
using Npgsql;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Writing;

/// <summary>
/// Stores rows over <see cref="TimescaleOptions.Writers"/> connections. A stream key always goes to the same one, so that
/// its batches are written in the order of the calls. It holds as many rows as its callers hand in before they wait:
/// what bounds it is their budget of bytes in flight.
/// </summary>
public sealed class BatchWriter : IRowWriter, IAsyncDisposable
{
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WriterLoop[] _loops;
    private readonly Task _running;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    /// <summary>Starts the loops; connects when there is something to write.</summary>
    /// <param name="connections">Where to.</param>
    /// <param name="options">The section <c>Timescale</c>.</param>
    /// <param name="logger">Outages and why the writer stopped.</param>
    /// <param name="time">The clock of timeouts, delays and durations.</param>
    /// <param name="opened">Called for each new connection before it writes, such as <see cref="Locking.HostLock.GuardAsync"/>; a <see cref="WriterStoppedException"/> from it stops the writer.</param>
    public BatchWriter(
        TimescaleConnections connections,
        TimescaleOptions options,
        ILogger<BatchWriter> logger,
        TimeProvider time,
        Func<NpgsqlConnection, CancellationToken, ValueTask>? opened = null)
    {
        _logger = logger;
        _time = time;
        var outage = new Outage("Storing rows", logger, time);
        var window = new RejectWindow(options.MaxRejectShare);
        Health = new WriterHealth(outage);
        _loops = new WriterLoop[options.Writers];
        for (var i = 0; i < _loops.Length; i++)
        {
            var store = new RecordStore(connections.Sessions, options, opened, outage, Health, window, time);
            _loops[i] = new WriterLoop(options, store, Health, time, Fail);
        }

        _running = Task.WhenAll(_loops.Select(loop => Task.Run(() => loop.RunAsync(_abort.Token))));
        _ = CompleteAsync();
    }

    /// <summary>What the writer is doing.</summary>
    public WriterHealth Health { get; }

    /// <summary>
    /// Completes when nothing more will be written: after <see cref="StopAsync"/>, or because the writer stopped by
    /// itself (<see cref="WriterHealth.StopReason"/>), upon which the host is to shut down.
    /// </summary>
    public Task Stopped => _stopped.Task;

    /// <inheritdoc />
    public Task<IReadOnlyList<RefusedRecord>> WriteAsync(DeviceBatch batch)
    {
        var request = new WriteRequest(batch, CountRows(batch), _time.GetTimestamp());
        Health.HandedIn(request.Rows);
        if (!LoopOf(batch.StreamKey).TryEnqueue(request))
        {
            Health.Done(request.Rows);
            request.SetException(new WriterStoppedException(Health.StopReason ?? "The writer has been stopped."));
        }

        return request.Task;
    }

    /// <summary>
    /// Takes on no more, stores what it has, and after <paramref name="deadline"/> gives up what is left: those tasks
    /// fail with <see cref="WriterStoppedException"/>. Returns by then, even where the database does not answer.
    /// </summary>
    public async Task StopAsync(TimeSpan deadline)
    {
        foreach (var loop in _loops)
        {
            loop.Complete();
        }

        await Task.WhenAny(_running, Task.Delay(deadline, _time));
        if (!_running.IsCompleted)
        {
            Health.Stopped($"The writer was stopped, and {deadline.TotalSeconds:0.#} s were not enough to store what it had.", brokenSchema: false);
            await _abort.CancelAsync();
        }

        await _running;
        Health.Stopped("The writer was stopped.", brokenSchema: false);
    }

    /// <summary>Stops at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        _abort.Dispose();
    }

    private static int CountRows(DeviceBatch batch)
    {
        var rows = 0;
        foreach (var record in batch.Records)
        {
            for (var row = record.Row; row is not null; row = row.Next)
            {
                rows++;
            }
        }

        return rows;
    }

    /// <summary>The loop of a key, the same one as long as this process lives.</summary>
    private WriterLoop LoopOf(string streamKey) => _loops[(uint)streamKey.GetHashCode() % (uint)_loops.Length];

    /// <summary>A loop cannot go on, so none may: what is written in order is written by all or by none.</summary>
    private void Fail(Exception error)
    {
        var broken = error as BrokenSchemaException;
        var reason = error switch
        {
            BrokenSchemaException => $"The database refused more records than can be bad ones: the schema must be broken. The last refusal: {error.Message}. What was not reported yet is not dead-lettered; mend the schema and start again.",
            WriterStoppedException => error.Message,
            _ => $"The writer failed: {error.Message}",
        };
        Health.Stopped(reason, broken is not null);
        _logger.WriterFailed(reason, broken is null ? error : null);
        foreach (var loop in _loops)
        {
            loop.Complete();
        }

        _abort.Cancel();
    }

    private async Task CompleteAsync()
    {
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopped.TrySetResult();
    }
}
