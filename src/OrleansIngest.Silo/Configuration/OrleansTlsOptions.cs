using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OrleansIngest.Silo.Configuration;

/// <summary>Settings of the section <c>Orleans:Tls</c>. Off where no certificate is named.</summary>
public sealed class OrleansTlsOptions
{
    /// <summary>Path of this silo's certificate: PEM, or PKCS #12 (.pfx, .p12) with its key.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>Path of the key, PEM; empty where the certificate's file holds it.</summary>
    public string Key { get; set; } = "";

    /// <summary>Password of the key or of the PKCS #12 file.</summary>
    public string Password { get; set; } = "";

    /// <summary>Path of the certificates of the authorities, PEM, that silos' and clients' certificates must be signed by. Required.</summary>
    public string Authority { get; set; } = "";

    /// <summary>Whether connections are encrypted.</summary>
    public bool IsOn => Certificate.Length > 0;

    /// <summary>What is wrong with these settings, a sentence each.</summary>
    public IEnumerable<string> Validate()
    {
        if (!IsOn)
        {
            if (Key.Length > 0 || Authority.Length > 0) yield return "Orleans:Tls:Certificate is missing; name this silo's certificate, or take out the other settings of Orleans:Tls.";
            yield break;
        }

        if (Authority.Length == 0) yield return "Orleans:Tls:Authority is missing; name the file with the authority that the silos' certificates are signed by.";
        else if (Mistake(() => LoadAuthority()) is { } authority) yield return $"Orleans:Tls:Authority: '{Authority}' cannot be used: {authority}";
        if (Mistake(() => LoadCertificate()) is { } certificate) yield return $"Orleans:Tls:Certificate: '{Certificate}' cannot be used: {certificate}";
    }

    /// <summary>This silo's certificate, with its key.</summary>
    public X509Certificate2 LoadCertificate()
    {
        if (Path.GetExtension(Certificate) is ".pfx" or ".p12") return X509CertificateLoader.LoadPkcs12FromFile(Certificate, Password);
        var key = Key.Length > 0 ? Key : null;
        return Password.Length > 0
            ? X509Certificate2.CreateFromEncryptedPemFile(Certificate, Password, key)
            : X509Certificate2.CreateFromPemFile(Certificate, key);
    }

    /// <summary>The certificates of the authorities.</summary>
    public X509Certificate2Collection LoadAuthority()
    {
        var authority = new X509Certificate2Collection();
        authority.ImportFromPemFile(Authority);
        if (authority.Count == 0) throw new CryptographicException("it holds no certificate.");
        return authority;
    }

    private static string? Mistake(Action load)
    {
        try
        {
            load();
            return null;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return e.Message;
        }
    }
}
