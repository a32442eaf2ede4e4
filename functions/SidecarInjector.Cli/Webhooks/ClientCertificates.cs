using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SidecarInjector.Cli.Webhooks;

/// <summary>
/// A certificate authority for one purpose, and the one client certificate that it issues. Its own key is thrown away: nothing else can ever be issued
/// under it, which a cluster's authority cannot promise.
/// </summary>
internal static class ClientCertificates
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(365);

    /// <param name="name">The client's common name.</param>
    /// <param name="now">From when on they are valid.</param>
    /// <param name="expires">Until when; a year if not given.</param>
    /// <returns>PEM of the authority, of the client's certificate and of its key.</returns>
    public static (string Authority, string Certificate, string Key) Create(string name, DateTimeOffset now, DateTimeOffset? expires)
    {
        var end = expires ?? now + Life;
        if (end <= now)
            throw new CommandException("--expires is in the past; expected a time to come.");
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = CreateAuthority(authorityKey, now, end);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(name);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var issued = request.Create(authority, now.AddMinutes(-5), end, RandomNumberGenerator.GetBytes(16));
        return (authority.ExportCertificatePem(), issued.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private static X509Certificate2 CreateAuthority(ECDsa key, DateTimeOffset now, DateTimeOffset end)
    {
        var request = new CertificateRequest("CN=sidecar-injector callers", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now.AddMinutes(-5), end);
    }
}
