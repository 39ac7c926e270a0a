using OrleansIngest.Behaviour.Hosts;

namespace OrleansIngest.Orleans.Tests.Silo;

/// <summary>The silo, as it was built beside these tests, on free ports.</summary>
internal static class SiloProgram
{
    /// <summary>Alone.</summary>
    public static HostProgram Alone { get; } = With(new() { ["Orleans:SiloPort"] = "0", ["Orleans:GatewayPort"] = "0" });

    /// <summary>One of several, which find each other by the database.</summary>
    public static HostProgram Clustered { get; } = With(new()
    {
        ["Orleans:Clustering"] = "AdoNet", ["Orleans:SiloPort"] = "0", ["Orleans:GatewayPort"] = "0", ["Orleans:Dashboard"] = "false",
    });

    private static HostProgram With(Dictionary<string, string> settings) =>
        new("silo", [Path.Combine(AppContext.BaseDirectory, "ingest-silo.dll")], () => settings);
}
