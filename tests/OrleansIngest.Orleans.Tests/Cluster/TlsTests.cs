using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Stages;
using OrleansIngest.Behaviour.Suite;
using OrleansIngest.Core.Records;
using OrleansIngest.Orleans.Tests.Silo;

namespace OrleansIngest.Orleans.Tests.Cluster;

/// <summary>Encrypted connections between silos.</summary>
public sealed class TlsTests : HostBehaviour, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-tls-").FullName;

    protected override HostProgram Program => SiloProgram.Clustered;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Silos_of_one_authority_work_together_and_a_stranger_does_not_get_in()
    {
        using var ours = Authority("ours");
        using var others = Authority("others");
        await using var stage = await SetStageAsync([RecordFormat.Decoded]);
        var one = await stage.StartReadyHostAsync(Settings(stage, ours, "one"));
        var two = await stage.StartReadyHostAsync(Settings(stage, ours, "two"));
        var load = MixedLoad(stage, 4_000, seed: 51);
        await stage.SendAsync(load);
        await stage.WaitUntilDoneAsync(one, Patience);
        await stage.AssertHoldsAsync(load);
        await Await.UntilAsync(
            "both to read partitions", Patience,
            async () => (await two.ReadStatusAsync())?.Partitions.Count > 0 && (await one.ReadStatusAsync())?.Partitions.Count < Stage.Partitions,
            () => one.Describe() + two.Describe(), Cancelled);

        var stranger = stage.StartHost(Settings(stage, others, "stranger"));
        await Task.Delay(TimeSpan.FromSeconds(8), Cancelled);
        Assert.NotEqual(true, (await stranger.ReadStatusAsync())?.Ready);
        Assert.Equal(2, await stage.QueryAsync<long>("SELECT count(*) FROM orleans_silo WHERE status = 3"));
    }

    private HostSettings Settings(Stage stage, X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        string At(string file) => Path.Combine(_folder, file);
        File.WriteAllText(At($"{name}.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(At($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(At($"{name}-authority.pem"), authority.ExportCertificatePem());
        return stage.Settings
            .With("Orleans:Tls:Certificate", At($"{name}.pem"))
            .With("Orleans:Tls:Key", At($"{name}.key"))
            .With("Orleans:Tls:Authority", At($"{name}-authority.pem"));
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-2), DateTimeOffset.UtcNow.AddDays(2));
    }
}
