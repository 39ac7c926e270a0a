using System.Diagnostics;
using OrleansIngest.Cli.Simulation;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Cli.Demo;

/// <summary>What the display shows, read from the parts that run. Rates are over the last seconds.</summary>
internal sealed class DemoProgress(RunId run, string hostName, Simulator simulator, HostWatch watch, DeadLetterTail deadLetters)
{
    private static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(3);

    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly Queue<(TimeSpan At, long Acknowledged, long Rows)> _history = new([default]);

    public RunId Run => run;

    public string HostName => hostName;

    public TimeSpan Elapsed => _elapsed.Elapsed;

    public DemoPhase Phase { get; set; }

    public bool IsHeld => simulator.IsHeld;

    public IReadOnlyList<TopicCounts> Topics => simulator.Counts;

    public long Produced => simulator.Counts.Sum(c => c.Produced);

    public long Acknowledged => simulator.Counts.Sum(c => c.Acknowledged);

    public long DeadLetters => deadLetters.Count;

    public PipelineStatus? Host => watch.Status;

    public long Behind => watch.Behind;

    public IReadOnlyList<TopicLag> Lags => watch.Topics;

    public long PeakBytes => watch.PeakBytes;

    /// <summary>Records acknowledged and rows stored a second; call it once for each frame.</summary>
    public (double Acknowledged, double Rows) Rates()
    {
        var now = (Elapsed, Acknowledged, Host?.Writer.RowsWritten ?? 0);
        _history.Enqueue(now);
        while (_history.Count > 2 && now.Elapsed - _history.Peek().At > RateWindow) _history.Dequeue();
        var (at, acknowledged, rows) = _history.Peek();
        var seconds = Math.Max(0.2, (now.Elapsed - at).TotalSeconds);
        return ((now.Acknowledged - acknowledged) / seconds, (now.Item3 - rows) / seconds);
    }
}

/// <summary>How far a demo has come.</summary>
internal enum DemoPhase
{
    /// <summary>Records are produced.</summary>
    Producing,

    /// <summary>Production has ended; what is under way is waited for.</summary>
    Draining,

    /// <summary>Nothing is under way any more.</summary>
    Ended,
}
