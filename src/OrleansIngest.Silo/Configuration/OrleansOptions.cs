using System.Net;

namespace OrleansIngest.Silo.Configuration;

/// <summary>Settings of the section <c>Orleans</c>.</summary>
public sealed class OrleansOptions
{
    /// <summary>Section name in the configuration.</summary>
    public const string Section = "Orleans";

    /// <summary>How silos find each other.</summary>
    public Clustering Clustering { get; set; } = Clustering.Localhost;

    /// <summary>Name of the cluster: silos with the same one, in the same database, work together.</summary>
    public string ClusterId { get; set; } = "orleans-ingest";

    /// <summary>Name of the service, which outlives clusters: reminders and stored grain state belong to it.</summary>
    public string ServiceId { get; set; } = "orleans-ingest";

    /// <summary>This silo's name; empty for the machine's name and the process id.</summary>
    public string SiloName { get; set; } = "";

    /// <summary>The address that other silos and clients reach this one at, and the only one it listens on.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Port for other silos; 0 for a free one.</summary>
    public int SiloPort { get; set; } = 11_111;

    /// <summary>Port for clients; 0 for a free one.</summary>
    public int GatewayPort { get; set; } = 30_000;

    /// <summary>Whether the Orleans Dashboard is on the web port, below <c>/dashboard</c>.</summary>
    public bool Dashboard { get; set; } = true;

    /// <summary>Encryption between silos, and with clients.</summary>
    public OrleansTlsOptions Tls { get; set; } = new();

    /// <summary>Whether other machines reach it unencrypted.</summary>
    public bool IsOpen => !Tls.IsOn && IPAddress.TryParse(Address, out var address) && !IPAddress.IsLoopback(address);

    /// <summary>What is wrong with these settings, a sentence each.</summary>
    public IEnumerable<string> Validate()
    {
        if (ClusterId.Length is 0 or > 100) yield return $"Orleans:ClusterId is '{ClusterId}'; it must have 1 to 100 characters.";
        if (ServiceId.Length is 0 or > 100) yield return $"Orleans:ServiceId is '{ServiceId}'; it must have 1 to 100 characters.";
        if (!IPAddress.TryParse(Address, out var address))
            yield return $"Orleans:Address is '{Address}'; give this machine's IP address as the other silos reach it, such as 10.0.0.7.";
        else if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            yield return $"Orleans:Address is '{Address}', which others cannot connect to; give this machine's own IP address.";
        else if (!IPAddress.IsLoopback(address) && Clustering == Clustering.Localhost)
            yield return $"Orleans:Address is '{Address}', but Orleans:Clustering is Localhost, which is for one silo on 127.0.0.1; use AdoNet.";
        if (SiloPort is < 0 or > 65_535) yield return $"Orleans:SiloPort is {SiloPort}; it must lie between 0 (any free port) and 65535.";
        if (GatewayPort is < 0 or > 65_535) yield return $"Orleans:GatewayPort is {GatewayPort}; it must lie between 0 (any free port) and 65535.";
        if (SiloPort != 0 && SiloPort == GatewayPort) yield return $"Orleans:SiloPort and Orleans:GatewayPort are both {SiloPort}; they must differ.";
        foreach (var mistake in Tls.Validate()) yield return mistake;
    }
}

/// <summary>How silos find each other.</summary>
public enum Clustering
{
    /// <summary>They do not: there is one silo.</summary>
    Localhost,

    /// <summary>By tables in the database that the rows go to.</summary>
    AdoNet,
}
