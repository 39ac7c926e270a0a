using Npgsql;
using OrleansIngest.Timescale.Connections;

namespace OrleansIngest.Timescale.Tests.Connections;

public sealed class TransientRetryTests
{
    private static readonly TimescaleOptions Options = new() { RetryDelay = TimeSpan.FromMilliseconds(200), MaxRetryDelay = TimeSpan.FromSeconds(5) };

    [Fact]
    public async Task Delays_grow_to_the_longest_one_and_stay_there_for_ever()
    {
        var time = new HurriedTime();
        var log = new LogRecorder<TransientRetryTests>();
        var outage = new Outage("testing", log, time);
        const int failures = 5_000; // some seven hours of outage
        var tries = 0;

        await new TransientRetry(Options, time).RunAsync(
            _ => ++tries <= failures ? throw new NpgsqlException("away") : ValueTask.CompletedTask, outage, TestContext.Current.CancellationToken);

        Assert.Equal(failures, time.Delays.Count);
        Assert.All(time.Delays, delay => Assert.InRange(delay, TimeSpan.FromMilliseconds(1), Options.MaxRetryDelay));
        Assert.True(time.Delays[0] < TimeSpan.FromSeconds(1));
        Assert.All(time.Delays.Skip(20), delay => Assert.Equal(Options.MaxRetryDelay, delay));
        Assert.Equal(failures, outage.Failures);
        Assert.Null(outage.Since);
        Assert.Equal((1, 1), (log.Texts(2001).Count, log.Texts(2002).Count));
        Assert.Contains("5000 failed tries", log.Texts(2002)[0]);
    }

    [Fact]
    public async Task Cancelling_ends_an_outage_without_saying_that_it_is_over()
    {
        var log = new LogRecorder<TransientRetryTests>();
        var outage = new Outage("testing", log, TimeProvider.System);
        using var cancel = new CancellationTokenSource();
        var running = new TransientRetry(Options, TimeProvider.System).RunAsync(_ => throw new NpgsqlException("away"), outage, cancel.Token).AsTask();
        await Until.TrueAsync(() => outage.Since is not null, "the outage is noticed");

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Until.DoneAsync(running));
        Assert.Null(outage.Since);
        Assert.Empty(log.Texts(2002));
    }

    /// <summary>A clock whose timers are due at once.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public List<TimeSpan> Delays { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Delays.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}
