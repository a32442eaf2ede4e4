using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SidecarInjector.Cli.Webhooks;

/// <summary>What a server shows of itself when somebody connects: its certificate, those that it sends with it, and the version of TLS. Nothing is believed yet.</summary>
internal sealed record PresentedCertificates(X509Certificate2 Leaf, IReadOnlyList<X509Certificate2> Others, SslProtocols Protocol) : IDisposable
{
    private const string SubjectAlternativeName = "2.5.29.17";

    /// <summary>The names and addresses that the certificate is for; its common name does not count, for API servers neither.</summary>
    public string Names => Leaf.Extensions.FirstOrDefault(e => e.Oid?.Value == SubjectAlternativeName) is { } extension
        ? Listed(new X509SubjectAlternativeNameExtension(extension.RawData)) : "no name (it has no subjectAltName)";

    public bool HasName(string host)
    {
        // Without the extension the runtime would say no to some hosts by an exception.
        if (Leaf.Extensions.All(e => e.Oid?.Value != SubjectAlternativeName))
            return false;
        return Leaf.MatchesHostname(host.Trim('[', ']'), allowWildcards: true, allowCommonName: false);
    }

    public static async Task<PresentedCertificates> ConnectAsync(Uri url, CancellationToken cancellation)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(EndPoint(url), cancellation);
        return await ConnectAsync(socket, url.IdnHost, cancellation);
    }

    private static EndPoint EndPoint(Uri url)
        => IPAddress.TryParse(url.IdnHost, out var address) ? new IPEndPoint(address, url.Port) : new DnsEndPoint(url.IdnHost, url.Port);

    /// <summary>The handshake alone, over a connection that is there. Only HTTP/1.1 is offered, as API servers do to webhooks with a URL.</summary>
    public static async Task<PresentedCertificates> ConnectAsync(Socket socket, string host, CancellationToken cancellation)
    {
        X509Certificate2? leaf = null;
        var others = new List<X509Certificate2>();
        using var network = new NetworkStream(socket, ownsSocket: false);
        using var tls = new SslStream(network);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                leaf = X509CertificateLoader.LoadCertificate(certificate!.GetRawCertData());
                others.AddRange((chain?.ChainPolicy.ExtraStore ?? []).Select(c => X509CertificateLoader.LoadCertificate(c.RawData)));
                return true;
            },
        }, cancellation);
        return new PresentedCertificates(leaf ?? throw new AuthenticationException("the server has no certificate"), others, tls.SslProtocol);
    }

    public static bool IsFailure(Exception e) => e is SocketException or IOException or AuthenticationException or OperationCanceledException;

    public static string Cause(Exception e) => e is OperationCanceledException ? "there was no answer in time" : (e.InnerException ?? e).Message.TrimEnd('.');

    public void Dispose()
    {
        Leaf.Dispose();
        foreach (var certificate in Others)
            certificate.Dispose();
    }

    private static string Listed(X509SubjectAlternativeNameExtension names)
        => string.Join(", ", names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(a => a.ToString())));
}

/// <summary>Whether a chain leads to something that is trusted. <c>Problem</c> is null if so; <c>Chain</c> is as far as one was found, the server's first.</summary>
internal sealed record CertificateTrust(string? Problem, IReadOnlyList<CertificateTrust.Link> Chain)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>What of a certificate can make an API server refuse it.</summary>
    internal sealed record Link(string Subject, DateTimeOffset From, DateTimeOffset Until, string Signature);

    /// <summary>With a bundle only what stands in it is trusted, and there any certificate may be the anchor, not only a root: as API servers do it. Nothing is fetched.</summary>
    public static CertificateTrust Of(PresentedCertificates presented, string? caBundle)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        foreach (var other in presented.Others)
            chain.ChainPolicy.ExtraStore.Add(other);
        if (caBundle is not null && !TryUse(chain.ChainPolicy, caBundle))
            return new CertificateTrust("the caBundle holds no certificate in PEM", []);
        chain.Build(presented.Leaf);
        var isAnchored = chain.ChainElements.Any(e => chain.ChainPolicy.CustomTrustStore.Any(c => c.RawData.AsSpan().SequenceEqual(e.Certificate.RawData)));
        var problems = chain.ChainStatus.Where(s => !(isAnchored && s.Status is X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.UntrustedRoot))
            .Where(s => s.Status is not (X509ChainStatusFlags.NotTimeValid or X509ChainStatusFlags.NoError)).Select(s => $"{s.Status}: {s.StatusInformation.Trim()}").Distinct().ToList();
        return new CertificateTrust(problems.Count == 0 ? null : string.Join("; ", problems),
            [.. chain.ChainElements.Select(e => new Link(e.Certificate.Subject, e.Certificate.NotBefore, e.Certificate.NotAfter, e.Certificate.SignatureAlgorithm.FriendlyName ?? ""))]);
    }

    private static bool TryUse(X509ChainPolicy policy, string caBundle)
    {
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        try
        {
            policy.CustomTrustStore.ImportFromPem(caBundle);
        }
        catch (CryptographicException)
        {
            return false;
        }
        return policy.CustomTrustStore.Count > 0;
    }
}
