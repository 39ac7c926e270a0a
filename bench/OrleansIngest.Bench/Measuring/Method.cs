namespace OrleansIngest.Bench.Measuring;

/// <summary>One of the things that are compared; a round of it adds a sample to each of its figures.</summary>
/// <param name="Name">Shown while it runs.</param>
/// <param name="RunAsync">Runs a round.</param>
internal sealed record Method(string Name, Func<CancellationToken, Task> RunAsync);

/// <summary>Runs methods in turns, so that whatever else the machine does hits all of them alike.</summary>
internal static class Rounds
{
    /// <param name="methods">What takes turns.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="starting">Told of each round of a method before it runs.</param>
    /// <param name="cancellationToken">Ends between or within rounds.</param>
    public static async Task RunAsync(IReadOnlyList<Method> methods, int rounds, Action<int, Method> starting, CancellationToken cancellationToken)
    {
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var method in methods)
            {
                cancellationToken.ThrowIfCancellationRequested();
                starting(round, method);
                await method.RunAsync(cancellationToken);
            }
        }
    }
}
