using OrleansIngest.Hosting;
using OrleansIngest.Behaviour.Hosts;

namespace OrleansIngest.Orleans.Tests.Silo;

/// <summary>The silo, as it was built beside these tests, on free ports.</summary>
internal static class SiloProgram
{
    private static readonly string[] Command = [Path.Combine(AppContext.BaseDirectory, "ingest-silo.dll")];

    /// <summary>Alone.</summary>
    public static HostProgram Alone { get; } = new(
        "silo", Command, () => new Dictionary<string, string> { ["Orleans:SiloPort"] = "0", ["Orleans:GatewayPort"] = "0" });

    /// <summary>One of several, which find each other by the database. Each time on other ports, as pods are.</summary>
    public static HostProgram Clustered { get; } = new("silo", Command, () => ClusteredOn("0", "0"));

    /// <summary>Three of them as one host, each on ports of its own, as services are.</summary>
    public static HostProgram Three { get; } = new("silo", Command, () => ClusteredOn($"{FreePort.Take()}", $"{FreePort.Take()}"), Processes: 3);

    private static Dictionary<string, string> ClusteredOn(string siloPort, string gatewayPort) => new()
    {
        ["Orleans:Clustering"] = "AdoNet",
        ["Orleans:SiloPort"] = siloPort,
        ["Orleans:GatewayPort"] = gatewayPort,
        ["Orleans:Dashboard"] = "false",
    };
}
