namespace OrleansIngest.Timescale.Tests;

/// <summary>Waits for what happens elsewhere.</summary>
internal static class Until
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task TrueAsync(Func<bool> condition, string what) => await TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Limit, $"It took more than {Limit.TotalSeconds} s until {what}.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The task's result, or a failure instead of a test that hangs.</summary>
    public static Task<T> DoneAsync<T>(Task<T> task) => task.WaitAsync(Limit);

    /// <inheritdoc cref="DoneAsync{T}"/>
    public static Task DoneAsync(Task task) => task.WaitAsync(Limit);
}
