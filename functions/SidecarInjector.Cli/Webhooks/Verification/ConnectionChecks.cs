using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using SidecarInjector.Registration;

namespace SidecarInjector.Cli.Webhooks.Verification;

/// <summary>What must hold before a byte of HTTP is sent: the name, the connection, TLS, the certificate. Each returns what it found; an error ends the looking.</summary>
internal sealed class ConnectionChecks(VerifyTarget target, Uri url, DateTimeOffset now)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SoonOver = TimeSpan.FromDays(14);

    public async Task<(Check Check, IReadOnlyList<IPAddress> Addresses)> ResolveAsync(CancellationToken cancellation)
    {
        if (IPAddress.TryParse(url.IdnHost, out var literal))
            return (Located(literal.ToString(), [literal]), [literal]);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(url.IdnHost, cancellation).WaitAsync(Patience, cancellation);
            return addresses.Length > 0 ? (Located($"{url.IdnHost} is {string.Join(", ", addresses.Select(a => a.ToString()))}", addresses), addresses) : (NoName("it has no address"), []);
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return (NoName(e.Message), []);
        }
    }

    private Check NoName(string cause)
        => Check.Error("dns", $"{url.IdnHost} cannot be resolved: {cause}", "API servers resolve the name by their machine's DNS, not by the cluster's; check the URL and the zone");

    private static Check Located(string text, IReadOnlyList<IPAddress> addresses) => addresses.Any(IPAddress.IsLoopback)
        ? Check.Warning("dns", text, "for an API server that is its own machine; register an address that leads here from there") : Check.Ok("dns", text);

    public async Task<(Check Check, Socket? Socket)> ConnectAsync(IReadOnlyList<IPAddress> addresses, CancellationToken cancellation)
    {
        var failures = new List<string>();
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var limit = Limit(cancellation);
            try
            {
                var watch = Stopwatch.StartNew();
                await socket.ConnectAsync(new IPEndPoint(address, url.Port), limit.Token);
                return (Check.Ok("tcp", $"connected to {socket.RemoteEndPoint} in {watch.Elapsed.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture)} ms"), socket);
            }
            catch (Exception e) when (PresentedCertificates.IsFailure(e) && !cancellation.IsCancellationRequested)
            {
                socket.Dispose();
                failures.Add($"{address}: {PresentedCertificates.Cause(e)}");
            }
        }
        return (Check.Error("tcp", $"nobody answers at port {url.Port} ({string.Join("; ", failures)})", "check that the injector runs, the port, and the firewalls on the way"), null);
    }

    public async Task<(Check Check, PresentedCertificates? Presented)> HandshakeAsync(Socket socket, CancellationToken cancellation)
    {
        using var limit = Limit(cancellation);
        try
        {
            var presented = await PresentedCertificates.ConnectAsync(socket, url.IdnHost, limit.Token);
            return presented.Protocol < SslProtocols.Tls12
                ? (Check.Error("tls", $"the server speaks {presented.Protocol} only", "API servers ask for TLS 1.2 at least"), presented)
                : (Check.Ok("tls", $"{(presented.Protocol == SslProtocols.Tls12 ? "TLS 1.2" : "TLS 1.3")}, and HTTP/1.1 as API servers speak it to webhooks with a URL"), presented);
        }
        catch (Exception e) when (PresentedCertificates.IsFailure(e) && !cancellation.IsCancellationRequested)
        {
            return (Check.Error("tls", $"no TLS connection comes about: {PresentedCertificates.Cause(e)}", "check that the port serves HTTPS, and asks for no client certificate that the API server does not have"), null);
        }
    }

    public IEnumerable<Check> Certificate(PresentedCertificates presented)
    {
        var trust = CertificateTrust.Of(presented, target.CaBundle);
        var anchor = target.CaBundle is null ? "this machine's store; the API server's may be another" : "the caBundle";
        yield return trust.Problem is null ? Check.Ok("chain", $"{string.Join(" < ", trust.Chain.Select(l => l.Subject))}; trusted by {anchor}")
            : Check.Error("chain", $"'{presented.Leaf.Subject}', issued by '{presented.Leaf.Issuer}', is not trusted by {anchor}: {trust.Problem}", target.CaBundle is null
                ? "give the issuing certificate with --ca-bundle, or take it with --ca-from-url" : "with a caBundle an API server trusts nothing else: put the issuing certificate into it, and have the server send those between");
        yield return presented.HasName(url.IdnHost) ? Check.Ok("name", $"the certificate is for {presented.Names}")
            : Check.Error("name", $"the certificate is for {presented.Names}, not for {url.IdnHost}", "API servers look at subjectAltName alone; get a certificate with that name, or register the name that it has");
        foreach (var link in trust.Chain)
            yield return Validity(link);
        foreach (var link in trust.Chain.SkipLast(1).Where(l => l.Signature.Contains("sha1", StringComparison.OrdinalIgnoreCase)))
            yield return Check.Error("signature", $"'{link.Subject}' is signed with {link.Signature}", "API servers refuse SHA-1; get a new certificate");
    }

    private Check Validity(CertificateTrust.Link link)
    {
        var until = $"'{link.Subject}' is valid until {link.Until.UtcDateTime:yyyy-MM-dd HH:mm}Z";
        if (now < link.From)
            return Check.Error("validity", $"'{link.Subject}' is not valid before {link.From.UtcDateTime:yyyy-MM-dd HH:mm}Z", "check the clocks");
        if (now > link.Until)
            return Check.Error("validity", $"'{link.Subject}' was valid until {link.Until.UtcDateTime:yyyy-MM-dd HH:mm}Z", "renew it");
        return link.Until - now < SoonOver ? Check.Warning("validity", until, "renew it soon") : Check.Ok("validity", until);
    }

    private static CancellationTokenSource Limit(CancellationToken cancellation)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        return limit;
    }
}
