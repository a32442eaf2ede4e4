using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SidecarInjector.Tests.Authentication;

/// <summary>A certificate authority and client certificates of it, made for one test.</summary>
internal sealed class TestCertificates : IDisposable
{
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestCertificates(DateTimeOffset now)
    {
        Now = now;
        var request = new CertificateRequest("CN=cluster-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Authority = request.CreateSelfSigned(now.AddDays(-10), now.AddDays(1000));
    }

    public DateTimeOffset Now { get; }

    public X509Certificate2 Authority { get; }

    public X509Certificate2 Client(string name, string[]? dnsNames = null, int days = 30, bool isForServers = false)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"O=kubernetes, CN={name}", own, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(isForServers ? ServerUsage : ClientUsage)], false));
        if (dnsNames is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var dnsName in dnsNames)
                names.AddDnsName(dnsName);
            request.CertificateExtensions.Add(names.Build());
        }
        using var issued = request.Create(Authority, Now.AddDays(-2), Now.AddDays(days), RandomNumberGenerator.GetBytes(16));
        return issued.CopyWithPrivateKey(own);
    }

    public void Dispose()
    {
        key.Dispose();
        Authority.Dispose();
    }
}
