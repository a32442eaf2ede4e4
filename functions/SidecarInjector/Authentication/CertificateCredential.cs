using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SidecarInjector.Authentication;

/// <summary>
/// A client certificate: issued by an authority of the cluster, for TLS clients, valid now, and with a name of its own, since such an authority often
/// issues certificates to everybody in the cluster.
/// </summary>
/// <param name="authorities">The authority's certificates; nothing that the machine trusts counts.</param>
/// <param name="name">The subject's common name, or one of the DNS names; for example <c>kube-apiserver</c>.</param>
public sealed class CertificateCredential(X509Certificate2Collection authorities, string name) : Credential
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    protected override ValueTask<CredentialCheck> CompareAsync(ShownCredentials shown, DateTimeOffset now, CancellationToken cancellation)
        => ValueTask.FromResult(shown.Certificate is { } certificate ? Compare(certificate, now) : CredentialCheck.NotShown);

    private CredentialCheck Compare(X509Certificate2 certificate, DateTimeOffset now)
    {
        if (!HasName(certificate))
            return CredentialCheck.Wrong;
        using var chain = new X509Chain { ChainPolicy = Policy(now) };
        if (chain.Build(certificate))
            return CredentialCheck.Right;
        // Only the time is wrong: whoever reads the log should look for a renewal, not for an attacker.
        return chain.ChainStatus.All(s => s.Status == X509ChainStatusFlags.NotTimeValid) ? CredentialCheck.Expired : CredentialCheck.Wrong;
    }

    private X509ChainPolicy Policy(DateTimeOffset now)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // An authority of a cluster publishes no lists; renewing and short lives are what there is.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = now.LocalDateTime,
            ApplicationPolicy = { new Oid(ClientAuthentication) },
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private bool HasName(X509Certificate2 certificate)
        => certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) == name
            || certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(e => e.EnumerateDnsNames()).Contains(name);
}
