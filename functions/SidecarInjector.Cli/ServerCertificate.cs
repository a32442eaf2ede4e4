using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SidecarInjector.Cli;

/// <summary>What the server proves its name with. <c>Authority</c> is the file of the certificate authority to trust, for a development certificate.</summary>
internal sealed record ServerCertificate(X509Certificate2 Certificate, string? Authority)
{
    internal const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string AnyUsage = "2.5.29.37.0";

    /// <summary>What is sent with the certificate, so that a client that knows the root alone gets from one to the other.</summary>
    public X509Certificate2Collection Chain { get; init; } = [];

    /// <summary>What handshakes need. It takes a while: the platform looks for issuers among all the authorities of the machine, and reads those first.</summary>
    public SslStreamCertificateContext CreateContext() => SslStreamCertificateContext.Create(Certificate, Chain);

    /// <exception cref="CommandException">The files do not hold a certificate and its key.</exception>
    public static ServerCertificate Load(string? certificate, string? key, TimeProvider time)
    {
        if (certificate is null && key is null)
            return DevelopmentCertificate.LoadOrCreate(time);
        if (certificate is null || key is null)
            throw new CommandException("--cert and --key belong together; give both or neither.");
        try
        {
            var server = Usable(X509Certificate2.CreateFromPemFile(certificate, key));
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificate);
            chain.RemoveAt(0);
            return IsForServers(server) ? new ServerCertificate(server, null) { Chain = chain }
                : throw new CommandException($"{certificate} is not a server's certificate: its extended key usage lacks serverAuth ({ServerAuthentication}), so that no client would take it.");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{certificate} and {key} do not give a certificate with its key: {e.Message}");
        }
    }

    private static bool IsForServers(X509Certificate2 certificate)
        => certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().All(e => e.EnhancedKeyUsages.OfType<Oid>().Any(o => o.Value is ServerAuthentication or AnyUsage));

    /// <summary>The platform's TLS wants the key where a PEM file does not put it.</summary>
    internal static X509Certificate2 Usable(X509Certificate2 pem)
    {
        using (pem)
            return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }
}

/// <summary>
/// A certificate for localhost under a small certificate authority of its own, both kept in the user's data folder between starts and made anew when they
/// are close to their end. For development: nobody else trusts it.
/// </summary>
internal static class DevelopmentCertificate
{
    private static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3650);
    private static readonly TimeSpan ServerLife = TimeSpan.FromDays(365);
    private static readonly TimeSpan Reserve = TimeSpan.FromDays(14);

    public static ServerCertificate LoadOrCreate(TimeProvider time)
    {
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
        var folder = Path.Combine(data, "sidecar-injector");
        try
        {
            Directory.CreateDirectory(folder);
            // Two servers that start at once must not mix their files.
            using var gate = OpenGate(Path.Combine(folder, ".lock"));
            using var authority = Load(folder, "ca", time) ?? CreateAuthority(folder, time);
            var server = Load(folder, "server", time) is { } kept && IsIssuedBy(kept, authority) ? kept : CreateServer(folder, authority, time);
            return new ServerCertificate(ServerCertificate.Usable(server), Path.Combine(folder, "ca.crt"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The development certificate cannot be kept in {folder}: {e.Message}; give --cert and --key.");
        }
    }

    private static FileStream OpenGate(string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 200)
            {
                Thread.Sleep(50);
            }
        }
    }

    private static X509Certificate2? Load(string folder, string name, TimeProvider time)
    {
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(folder, name + ".crt"), Path.Combine(folder, name + ".key"));
            if (certificate.NotAfter.ToUniversalTime() > (time.GetUtcNow() + Reserve).UtcDateTime)
                return certificate;
            certificate.Dispose();
            return null;
        }
        catch (Exception e) when (e is CryptographicException or FileNotFoundException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>By the authority's key: building a chain would read the machine's own authorities, which takes longer than all the rest of the start.</summary>
    private static bool IsIssuedBy(X509Certificate2 server, X509Certificate2 authority)
    {
        var issuer = server.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        var key = authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifierBytes;
        return issuer is { } wanted && key is { } own && wanted.Span.SequenceEqual(own.Span);
    }

    private static X509Certificate2 CreateAuthority(string folder, TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=sidecar-injector development CA ({Environment.MachineName})", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = time.GetUtcNow();
        return Keep(folder, "ca", request.CreateSelfSigned(now.AddHours(-1), now + AuthorityLife), key);
    }

    private static X509Certificate2 CreateServer(string folder, X509Certificate2 authority, TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerCertificate.ServerAuthentication)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        var now = time.GetUtcNow();
        using var issued = request.Create(authority, now.AddHours(-1), now + ServerLife, RandomNumberGenerator.GetBytes(16));
        return Keep(folder, "server", issued.CopyWithPrivateKey(key), key);
    }

    private static X509Certificate2 Keep(string folder, string name, X509Certificate2 certificate, ECDsa key)
    {
        var keyFile = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            keyFile.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.Delete(Path.Combine(folder, name + ".key"));
        using (var writer = new StreamWriter(Path.Combine(folder, name + ".key"), keyFile))
            writer.WriteLine(key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(folder, name + ".crt"), certificate.ExportCertificatePem() + "\n");
        return certificate;
    }
}
