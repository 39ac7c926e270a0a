using System.Diagnostics;

namespace OrleansIngest.Testing.Kafka;

/// <summary>Waits for what other threads and processes bring about.</summary>
public static class Eventually
{
    /// <summary>Waits until a condition holds; fails with what was waited for.</summary>
    public static async Task TrueAsync(Func<bool> condition, string what, double seconds = 20)
    {
        var started = Stopwatch.StartNew();
        while (!condition())
        {
            if (started.Elapsed.TotalSeconds > seconds) throw new TimeoutException($"Waited {seconds} s in vain until {what}.");
            await Task.Delay(10);
        }
    }
}
