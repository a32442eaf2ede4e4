using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

public sealed class CertificateTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("injector-certificate-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task The_development_authority_is_kept_between_starts_and_a_broken_certificate_is_replaced()
    {
        var first = await StartAsync();
        await File.WriteAllTextAsync(Path.Combine(folder, "sidecar-injector", "server.crt"), "broken");

        var second = await StartAsync();

        Assert.Equal(first.Authority, second.Authority);
        Assert.NotEqual(first.Server, second.Server);
        Assert.Equal(second.Server, (await StartAsync()).Server);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Only_the_owner_can_read_the_private_keys()
    {
        await StartAsync();

        Assert.All(["ca.key", "server.key"], name
            => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "sidecar-injector", name))));
    }

    [Fact]
    public async Task An_own_certificate_is_served()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=own", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var (certificateFile, keyFile) = (Path.Combine(folder, "own.crt"), Path.Combine(folder, "own.key"));
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        var served = new ServedInjector(certificateFile, "--cert", certificateFile, "--key", keyFile);
        await served.InitializeAsync();
        try
        {
            Assert.Equal("ok\n", await served.Client.GetStringAsync(new Uri("/healthz", UriKind.Relative)));
            Assert.DoesNotContain("--cacert", served.Announcement[2], StringComparison.Ordinal);
        }
        finally
        {
            await served.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("1.3.6.1.5.5.7.3.2")]
    [InlineData("1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4")]
    public async Task A_certificate_that_no_client_would_take_is_refused(params string[] usages)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=client", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. usages.Select(u => new Oid(u))], false));
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var (certificateFile, keyFile) = (Path.Combine(folder, "client.crt"), Path.Combine(folder, "client.key"));
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());

        var run = await InjectorProcess.RunAsync(["serve", "--listen", "127.0.0.1:0", "--cert", certificateFile, "--key", keyFile]);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal($"error: {certificateFile} is not a server's certificate: its extended key usage lacks serverAuth (1.3.6.1.5.5.7.3.1), so that no client would take it.\n", run.Errors);
    }

    [Fact]
    public async Task The_certificates_between_are_sent_so_that_a_client_needs_to_know_the_root_alone()
    {
        using var root = TestAuthority.Create("root");
        using var between = root.Below("between");
        using var certificate = between.Issue();
        using var key = certificate.GetECDsaPrivateKey()!;
        var (rootFile, certificateFile, keyFile) = (Path.Combine(folder, "root.crt"), Path.Combine(folder, "chain.crt"), Path.Combine(folder, "chain.key"));
        await File.WriteAllTextAsync(rootFile, root.Pem);
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem() + "\n" + between.Pem + "\n");
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        var served = new ServedInjector(rootFile, "--cert", certificateFile, "--key", keyFile);
        await served.InitializeAsync();
        try
        {
            Assert.Equal("ok\n", await served.Client.GetStringAsync(new Uri("/healthz", UriKind.Relative)));
        }
        finally
        {
            await served.DisposeAsync();
        }
    }

    private async Task<(string Authority, string Server)> StartAsync()
    {
        using var process = InjectorProcess.Start(["serve", "--listen", "127.0.0.1:0"], folder);
        Assert.NotNull(await process.StandardOutput.ReadLineAsync());
        process.Kill();
        await process.WaitForExitAsync();
        var kept = Path.Combine(folder, "sidecar-injector");
        return (await File.ReadAllTextAsync(Path.Combine(kept, "ca.crt")), await File.ReadAllTextAsync(Path.Combine(kept, "server.crt")));
    }
}
