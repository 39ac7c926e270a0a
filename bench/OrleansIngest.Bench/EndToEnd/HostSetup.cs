using OrleansIngest.Bench.Services;

namespace OrleansIngest.Bench.EndToEnd;

/// <summary>Which hosts read a round's topic.</summary>
/// <param name="Id">Prefix of figures' names in JSON.</param>
/// <param name="Title">For people.</param>
/// <param name="Program">The hosts' dll.</param>
/// <param name="Count">Processes that share the partitions.</param>
/// <param name="Settings">What they are told beside topic and database, by the name of the round's cluster.</param>
internal sealed record HostSetup(string Id, string Title, string Program, int Count, Func<string, IReadOnlyDictionary<string, string>> Settings)
{
    /// <summary>The standalone host.</summary>
    public static HostSetup Standalone(BenchServices services) =>
        new("end_to_end", "End to end", services.StandaloneProgram, 1, _ => new Dictionary<string, string>());

    /// <summary>One silo, or several in a cluster.</summary>
    public static HostSetup Silos(string program, int count) => new(
        count == 1 ? "silo" : FormattableString.Invariant($"silos_{count}"),
        count == 1 ? "One silo" : FormattableString.Invariant($"{count} silos"),
        program,
        count,
        cluster => new Dictionary<string, string>
        {
            ["Profile"] = count == 1 ? "Silo" : "Cluster",
            ["Orleans:ClusterId"] = cluster,
            ["Orleans:ServiceId"] = cluster,
            ["Orleans:SiloPort"] = "0",
            ["Orleans:GatewayPort"] = "0",
        });
}
