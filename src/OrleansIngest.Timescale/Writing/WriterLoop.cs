using System.Diagnostics;
using System.Threading.Channels;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Writing;

/// <summary>
/// One writing connection: takes what has queued up, stores it in one transaction, tells those who wait. What comes in
/// the meantime is the next transaction (group commit).
/// </summary>
internal sealed class WriterLoop
{
    /// <summary>When nothing new has come for this long, those who hand in rows are waiting for us: no use in waiting for them.</summary>
    private static readonly TimeSpan Lull = TimeSpan.FromMilliseconds(2);

    private readonly Channel<WriteRequest> _queue = Channel.CreateUnbounded<WriteRequest>(new() { SingleReader = true });
    private readonly List<WriteRequest> _requests = [];
    private readonly List<DecodedRecord> _records = [];
    private readonly TimescaleOptions _options;
    private readonly RecordStore _store;
    private readonly WriterHealth _health;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _failed;
    private int _rows;
    private bool _full;

    /// <param name="options">The section <c>Timescale</c>.</param>
    /// <param name="store">This loop's own.</param>
    /// <param name="health">Shared by all loops.</param>
    /// <param name="time">The clock.</param>
    /// <param name="failed">Told why the loop ended, where nobody asked it to.</param>
    public WriterLoop(TimescaleOptions options, RecordStore store, WriterHealth health, TimeProvider time, Action<Exception> failed)
    {
        _options = options;
        _store = store;
        _health = health;
        _time = time;
        _failed = failed;
    }

    /// <summary>Whether the request was taken on; not after <see cref="Complete"/>.</summary>
    public bool TryEnqueue(WriteRequest request) => _queue.Writer.TryWrite(request);

    /// <summary>Takes on no more; the loop ends when it has stored what it has.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Runs until <see cref="Complete"/> or <paramref name="abort"/>. Whoever then still waits gets a <see cref="WriterStoppedException"/>.</summary>
    public async Task RunAsync(CancellationToken abort)
    {
        var storing = Task.CompletedTask;
        try
        {
            while (await _queue.Reader.WaitToReadAsync(abort))
            {
                Take();
                do
                {
                    storing = _store.StoreAsync(_records, abort);
                    // An abort does not wait for the server.
                    await storing.WaitAsync(abort);
                    Report();
                }
                while (await RefillAsync(abort));
            }
        }
        catch (Exception error)
        {
            // After an abort the writer knows why already.
            if (!abort.IsCancellationRequested)
            {
                _failed(error);
            }
        }

        Complete();
        while (_queue.Reader.TryRead(out var request))
        {
            _requests.Add(request);
        }

        foreach (var request in _requests)
        {
            _health.Done(request.Rows);
            request.TrySetException(new WriterStoppedException(_health.StopReason ?? "The writer was stopped before the rows were stored."));
        }

        // What was given up may go on until the server answers; nobody waits for that.
        var closing = CloseAsync(storing);
        if (storing.IsCompleted)
        {
            await closing;
        }
    }

    /// <summary>Takes requests up to <see cref="TimescaleOptions.BatchSize"/> rows; a request is never split.</summary>
    private bool Take()
    {
        var taken = false;
        while (!_full && _queue.Reader.TryPeek(out var request))
        {
            _full = _rows > 0 && _rows + request.Rows > _options.BatchSize;
            if (_full || !_queue.Reader.TryRead(out request))
            {
                break;
            }

            taken = true;
            _rows += request.Rows;
            _requests.Add(request);
            _records.AddRange(request.Batch.Records);
            _full = _rows >= _options.BatchSize;
        }

        return taken;
    }

    /// <summary>
    /// After a transaction: takes what has come meanwhile and, as long as more keeps coming, lets the batch fill.
    /// False where nothing has come: the connection is idle, and the next rows are stored at once.
    /// </summary>
    private async ValueTask<bool> RefillAsync(CancellationToken abort)
    {
        if (!Take())
        {
            return false;
        }

        while (!_full && _time.GetElapsedTime(_requests[0].HandedIn) + Lull < _options.BatchTimeout && !_queue.Reader.Completion.IsCompleted)
        {
            await Task.Delay(Lull, _time, abort);
            if (!Take())
            {
                break;
            }
        }

        return true;
    }

    /// <summary>Tells those who wait, each with those of its records that were refused.</summary>
    private void Report()
    {
        var refused = _store.Refused;
        var next = 0;
        var end = 0;
        foreach (var request in _requests)
        {
            end += request.Batch.Records.Count;
            var first = next;
            while (next < refused.Count && refused[next].Index < end)
            {
                next++;
            }

            _health.Done(request.Rows);
            request.TrySetResult(first == next ? [] : [.. refused.Skip(first).Take(next - first).Select(one => one.Record)]);
        }

        Debug.Assert(next == refused.Count, "every refused record belongs to a request");
        _requests.Clear();
        _records.Clear();
        _rows = 0;
        _full = false;
    }

    private async Task CloseAsync(Task storing)
    {
        await storing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _store.DisposeAsync();
    }
}
