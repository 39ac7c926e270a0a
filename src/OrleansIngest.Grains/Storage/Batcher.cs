namespace OrleansIngest.Grains.Storage;

/// <summary>
/// Runs one operation for many callers: what is asked for while it runs is done together when it has ended. Of one key
/// there is at most one request in a run. Safe for concurrent use.
/// </summary>
/// <param name="size">Requests of one run, at the most.</param>
/// <param name="mostWaiting">Requests that may wait; further ones are refused.</param>
/// <param name="keyOf">The key of a request.</param>
/// <param name="run">The operation; gives the result of each request.</param>
internal sealed class Batcher<TRequest, TResult>(
    int size, int mostWaiting, Func<TRequest, string> keyOf, Func<List<TRequest>, Task<Func<TRequest, TResult>>> run)
{
    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private bool _running;

    /// <summary>Requests that wait for the next run.</summary>
    public int Count
    {
        get { lock (_lock) return _waiting.Count; }
    }

    /// <summary>Completes with the request's result.</summary>
    /// <exception cref="InvalidOperationException">Too many wait.</exception>
    public Task<TResult> RunAsync(TRequest request)
    {
        var waiting = new Waiting(request);
        lock (_lock)
        {
            if (_waiting.Count >= mostWaiting)
                throw new InvalidOperationException($"{_waiting.Count} requests wait for the database already; try again later.");
            _waiting.Enqueue(waiting);
            if (_running) return waiting.Task;
            _running = true;
        }

        _ = Task.Run(RunAllAsync);
        return waiting.Task;
    }

    private async Task RunAllAsync()
    {
        while (Take() is { Count: > 0 } taken)
        {
            try
            {
                var resultOf = await run(taken.ConvertAll(w => w.Request));
                foreach (var waiting in taken) waiting.SetResult(resultOf(waiting.Request));
            }
            catch (Exception e)
            {
                foreach (var waiting in taken) waiting.TrySetException(e);
            }
        }
    }

    private List<Waiting> Take()
    {
        var taken = new List<Waiting>();
        var keys = new HashSet<string>();
        lock (_lock)
        {
            while (taken.Count < size && _waiting.TryPeek(out var next) && keys.Add(keyOf(next.Request))) taken.Add(_waiting.Dequeue());
            _running = taken.Count > 0;
        }

        return taken;
    }

    private sealed class Waiting(TRequest request) : TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TRequest Request { get; } = request;
    }
}
