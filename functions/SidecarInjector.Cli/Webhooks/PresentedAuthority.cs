using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SidecarInjector.Cli.Webhooks;

/// <summary><c>--ca-from-url</c>: the certificate that a server's own one is to be checked with, as the server itself presents it.</summary>
internal static class PresentedAuthority
{
    /// <summary>The certificate in PEM; null if the machine's store trusts the server, since a caBundle would then only get old.</summary>
    /// <exception cref="CommandException">Nobody is there, or the server does not send what issued its certificate.</exception>
    public static async Task<string?> TakeAsync(Uri url, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        using var presented = await ConnectAsync(url, limit.Token);
        var trust = CertificateTrust.Of(presented, null);
        if (trust.Problem is null && presented.HasName(url.IdnHost))
        {
            Console.Error.WriteLine($"No caBundle is needed: this machine trusts {Shown(presented.Leaf)} of {url.Authority}, as API servers do if its authority is public.");
            return null;
        }
        var authority = Authority(presented) ?? throw new CommandException($"{url.Authority} presents {Shown(presented.Leaf)}, which '{presented.Leaf.Issuer}' issued, and does not send that certificate; "
            + "give it with --ca-bundle, or have the server send its chain.");
        if (!presented.HasName(url.IdnHost))
            Console.Error.WriteLine($"warning: the certificate is for {presented.Names}, not for {url.IdnHost}: API servers will refuse it.");
        Console.Error.WriteLine($"caBundle: {Shown(authority)}, SHA-256 {Fingerprint(authority)}, valid until {authority.NotAfter.ToUniversalTime():yyyy-MM-dd}.");
        Console.Error.WriteLine($"It was taken on trust from {url.Authority}: compare the fingerprint with the one that you know before you apply this.");
        return authority.ExportCertificatePem();
    }

    private static async Task<PresentedCertificates> ConnectAsync(Uri url, CancellationToken cancellation)
    {
        try
        {
            return await PresentedCertificates.ConnectAsync(url, cancellation);
        }
        catch (Exception e) when (PresentedCertificates.IsFailure(e))
        {
            throw new CommandException($"{url.Authority} does not show a certificate: {PresentedCertificates.Cause(e)}; give the certificate with --ca-bundle.");
        }
    }

    /// <summary>The last of the chain as far as it was sent: a root outlives those below it. An API server takes any certificate of its bundle as an anchor.</summary>
    private static X509Certificate2? Authority(PresentedCertificates presented)
    {
        var current = presented.Leaf;
        while (!IsSelfSigned(current) && presented.Others.FirstOrDefault(c => !c.RawData.AsSpan().SequenceEqual(current.RawData) && IsIssuedBy(current, c)) is { } issuer)
            current = issuer;
        return current != presented.Leaf || IsSelfSigned(current) ? current : null;
    }

    private static bool IsSelfSigned(X509Certificate2 certificate) => IsIssuedBy(certificate, certificate);

    private static bool IsIssuedBy(X509Certificate2 certificate, X509Certificate2 issuer)
        => certificate.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData);

    private static string Shown(X509Certificate2 certificate) => $"'{certificate.Subject}'";

    private static string Fingerprint(X509Certificate2 certificate)
        => string.Join(':', certificate.GetCertHash(HashAlgorithmName.SHA256).Select(b => b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture)));
}
