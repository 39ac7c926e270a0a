using System.Security.Cryptography.X509Certificates;

namespace OrleansIngest.Silo.Building;

/// <summary>
/// Whom a silo trusts: whoever has a certificate of one of its authorities. Not by address, which certificates of silos
/// need not name.
/// </summary>
internal sealed class SiloTrust(X509Certificate2Collection authorities)
{
    /// <summary>What a silo asks for when it connects to another; nobody checks it.</summary>
    public const string Name = "orleans-ingest";

    /// <summary>Whether a certificate is signed by an authority and valid now.</summary>
    public bool Accepts(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
