using System.Diagnostics;
using Confluent.Kafka;

namespace OrleansIngest.Cli.Simulation;

/// <summary>
/// Produces a fleet's records at the planned rate, from a thread of its own. What it counts is what the broker's
/// delivery reports say.
/// </summary>
internal sealed class Simulator
{
    /// <summary>Records between two looks at clock and gate.</summary>
    private const int Burst = 256;

    /// <summary>After a pause the schedule does not catch up by more than this.</summary>
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);

    private readonly SimulationPlan _plan;
    private readonly IProducer<byte[], byte[]?> _producer;
    private readonly FormatStream[] _streams;
    private readonly double[] _credit;
    private volatile bool _held;

    public Simulator(SimulationPlan plan, IProducer<byte[], byte[]?> producer)
    {
        _plan = plan;
        _producer = producer;
        var clock = new RunClock(TimeProvider.System);
        _streams = [.. plan.Shares.Select(s => new FormatStream(plan, s, clock))];
        _credit = new double[_streams.Length];
        Counts = [.. _streams.Select(s => s.Counts)];
    }

    /// <summary>Per topic; may be read while it runs.</summary>
    public IReadOnlyList<TopicCounts> Counts { get; }

    /// <summary>While true nothing is produced: whoever reads is too far behind.</summary>
    public bool IsHeld
    {
        get => _held;
        set => _held = value;
    }

    /// <summary>Runs until the plan is fulfilled or <paramref name="stop"/>; then waits for the outstanding delivery reports.</summary>
    public Task RunAsync(CancellationToken stop) =>
        Task.Factory.StartNew(() => Run(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken stop)
    {
        var started = Stopwatch.StartNew();
        var schedule = Stopwatch.StartNew();
        long scheduled = 0;
        long sent = 0;
        var count = _plan.Count ?? long.MaxValue;
        while (!stop.IsCancellationRequested && sent + PendingRepeats() < count && !(started.Elapsed >= _plan.Duration))
        {
            var due = _held ? 0 : Due(schedule, ref scheduled);
            if (due == 0)
            {
                stop.WaitHandle.WaitOne(Tick);
                continue;
            }

            for (; due > 0 && count - sent - PendingRepeats() is > 0 and var room; due--, sent++, scheduled++)
            {
                var stream = NextStream();
                Send(stream.Counts, stream.Next(mayRepeat: room > 1));
            }
        }

        foreach (var stream in _streams)
        {
            while (stream.TryTakeRepeat(out var record)) Send(stream.Counts, record);
        }

        Flush();
    }

    // How many records the schedule is behind, at most a burst.
    private long Due(Stopwatch schedule, ref long scheduled)
    {
        if (_plan.RecordsPerSecond == 0) return Burst;
        var behind = (long)(schedule.Elapsed.TotalSeconds * _plan.RecordsPerSecond) - scheduled;
        if (behind > Math.Max(Burst, _plan.RecordsPerSecond * CatchUp.TotalSeconds))
        {
            schedule.Restart();
            scheduled = 0;
            return 0;
        }

        return Math.Min(Math.Max(behind, 0), Burst);
    }

    private int PendingRepeats()
    {
        var pending = 0;
        foreach (var stream in _streams) pending += stream.PendingRepeats;
        return pending;
    }

    // The stream that is furthest behind its share.
    private FormatStream NextStream()
    {
        var next = 0;
        for (var n = 0; n < _streams.Length; n++)
        {
            _credit[n] += _streams[n].Share;
            if (_credit[n] > _credit[next]) next = n;
        }

        _credit[next]--;
        return _streams[next];
    }

    // Waits for room also once stopped: the first of two must not go without the second. The client's timeout ends it.
    private void Send(TopicCounts counts, Outgoing record)
    {
        var message = new Message<byte[], byte[]?> { Key = record.Key, Value = record.Value };
        while (true)
        {
            try
            {
                _producer.Produce(counts.Topic, message, record.Handler);
                counts.HandedOver(record.Size);
                return;
            }
            catch (ProduceException<byte[], byte[]?> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                Thread.Sleep(Tick);
            }
        }
    }

    private void Flush()
    {
        // The client gives each record up at its own timeout, so this ends.
        while (_producer.Flush(TimeSpan.FromSeconds(1)) > 0)
        {
        }
    }
}
