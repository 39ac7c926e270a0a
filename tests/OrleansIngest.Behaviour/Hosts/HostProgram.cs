namespace OrleansIngest.Behaviour.Hosts;

/// <summary>A host that the suite is run against: a program that takes settings as every host does.</summary>
/// <param name="Name">What <c>GET /api/pipeline</c> calls it: standalone or silo.</param>
/// <param name="Command">What <c>dotnet</c> is called with: the program's path, and arguments that come before the settings.</param>
/// <param name="OwnSettings">
/// Settings that each process of it needs for itself beside the common ones, such as ports of a silo. Asked for once for
/// each process of a stage: one that is started in the place of another has the same.
/// </param>
/// <param name="Processes">How many processes are started as one host.</param>
public sealed record HostProgram(
    string Name, IReadOnlyList<string> Command, Func<IReadOnlyDictionary<string, string>>? OwnSettings = null, int Processes = 1)
{
    /// <summary>The own settings of each of its processes.</summary>
    internal IReadOnlyList<IReadOnlyDictionary<string, string>> OwnOfEach() =>
        [.. Enumerable.Range(0, Processes).Select(_ => OwnSettings?.Invoke() ?? new Dictionary<string, string>())];
}
