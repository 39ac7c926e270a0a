using System.Diagnostics;

namespace OrleansIngest.Behaviour.Hosts;

/// <summary>Waiting for a condition, never for a time: every wait is bounded and says what it waited for.</summary>
public static class Await
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(25);

    /// <summary>Looks until <paramref name="look"/> gives true.</summary>
    /// <param name="what">What is awaited, to end the sentence "waited 30 s for …".</param>
    /// <param name="limit">How long at the most.</param>
    /// <param name="look">Looks once. What it throws ends the wait.</param>
    /// <param name="describe">What to add to the failure: how things stand.</param>
    public static async Task UntilAsync(
        string what, TimeSpan limit, Func<Task<bool>> look, Func<string> describe, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await look())
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
                throw new TimeoutException($"Waited {limit.TotalSeconds:0.#} s for {what}.\n{describe()}");
            await Task.Delay(BetweenLooks, cancellationToken);
        }
    }
}
