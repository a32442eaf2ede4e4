using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SidecarInjector.Hosts.Tests;

/// <summary>A certificate authority of a test: a root, or one that another has made.</summary>
internal sealed class TestAuthority : IDisposable
{
    private TestAuthority(X509Certificate2 certificate) => Certificate = certificate;

    public X509Certificate2 Certificate { get; }

    public string Pem => Certificate.ExportCertificatePem();

    public string Fingerprint => string.Join(':', Convert.ToHexString(SHA256.HashData(Certificate.RawData)).Chunk(2).Select(c => new string(c)));

    public static TestAuthority Create(string name) => new(Make(name, null, r => r.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true))));

    /// <summary>Ends a day before its issuer: made a second later, it would otherwise end a second later, which no certificate may.</summary>
    public TestAuthority Below(string name) => new(Make(name, Certificate, r => r.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true)), days: 59));

    /// <summary>A server's certificate for a name, or for 127.0.0.1; valid until <paramref name="days"/> from now, or before.</summary>
    public X509Certificate2 Issue(string? name = null, int days = 30) => Server(name, days, Certificate);

    public static X509Certificate2 SelfSigned() => Server(null, 30, null);

    public void Dispose() => Certificate.Dispose();

    private static X509Certificate2 Server(string? name, int days, X509Certificate2? issuer) => Make(name ?? "127.0.0.1", issuer, request =>
    {
        var names = new SubjectAlternativeNameBuilder();
        if (name is null)
            names.AddIpAddress(IPAddress.Loopback);
        else
            names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
    }, days);

    private static X509Certificate2 Make(string name, X509Certificate2? issuer, Action<CertificateRequest> extend, int days = 60)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        extend(request);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (issuer is not null)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        var now = TimeProvider.System.GetUtcNow();
        var from = now.AddDays(-10);
        if (issuer is null)
            return Usable(request.CreateSelfSigned(from, now.AddDays(days)));
        using var issued = request.Create(issuer, from, now.AddDays(days), RandomNumberGenerator.GetBytes(16));
        return Usable(issued.CopyWithPrivateKey(key));
    }

    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}
