namespace OrleansIngest.Standalone.Tests.Lanes;

/// <summary>A clock whose timers ring when the test says so.</summary>
internal sealed class TestClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _delays = [];
    private readonly List<Timer> _timers = [];

    /// <summary>What was waited for so far, in order.</summary>
    public List<TimeSpan> Delays
    {
        get { lock (_lock) return [.. _delays]; }
    }

    /// <summary>Whether asking for the time fails.</summary>
    public bool Broken { get; set; }

    public override long GetTimestamp() => Broken ? throw new InvalidOperationException("a defect of the clock") : base.GetTimestamp();

    /// <summary>Ends every wait.</summary>
    public void Ring()
    {
        List<Timer> due;
        lock (_lock)
        {
            due = [.. _timers];
            _timers.Clear();
        }

        foreach (var timer in due) timer.Ring();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(callback, state);
        lock (_lock)
        {
            _delays.Add(dueTime);
            _timers.Add(timer);
        }

        return timer;
    }

    private sealed class Timer(TimerCallback callback, object? state) : ITimer
    {
        private volatile bool _disposed;

        public void Ring()
        {
            if (!_disposed) callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => !_disposed;

        public void Dispose() => _disposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
