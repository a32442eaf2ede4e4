using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SidecarInjector.Authentication;
using SidecarInjector.Sources.Callers;

namespace SidecarInjector.Sources;

/// <summary>Who may call: the section <c>SidecarInjector:Authentication</c>.</summary>
public sealed record AuthenticationSettings
{
    /// <summary>The word that says that everybody may call.</summary>
    public const string None = "none";

    /// <summary>The front end that appends to <c>X-Forwarded-For</c>.</summary>
    public const string AppService = "AppService";

    /// <summary>The same where it requires a client certificate, so that <c>X-ARR-ClientCert</c> is its own.</summary>
    public const string AppServiceCertificates = "AppServiceCertificates";

    /// <summary>Whether everybody may call, because the settings say so.</summary>
    public bool IsOff { get; init; }

    /// <summary>Whether requests come through App Service's front end alone, so that the address in its header can be believed.</summary>
    public bool IsBehindAppService { get; init; }

    /// <summary>Whether that front end requires a client certificate, so that the one in its header can be believed: it vouches for the caller's having the key.</summary>
    public bool HasFrontEndCertificates { get; init; }

    public IReadOnlyList<Credential> Credentials { get; init; } = [];

    /// <summary>The issuers whose keys the credentials ask for, to be made once there is a log: each credential's options by its place in the list.</summary>
    public IReadOnlyList<CallerToken> Tokens { get; init; } = [];

    /// <summary>Whether connections are to ask for a client certificate.</summary>
    public bool TakesCertificates => Credentials.Any(c => c is CertificateCredential);

    public bool HasCallers => Credentials.Count + Tokens.Count > 0;

    internal static AuthenticationSettings Read(SettingsReader reader)
    {
        var isOff = reader.Word("Mode", None) is not null;
        var frontEnd = reader.Word("FrontEnd", AppService, AppServiceCertificates);
        var (credentials, tokens) = (new List<Credential>(), new List<CallerToken>());
        foreach (var caller in reader.Sections("Callers"))
            CallerReader.Read(caller, credentials, tokens);
        if (isOff && credentials.Count + tokens.Count > 0)
            reader.Report("Mode", $"'{None}' lets everybody call, but there are callers too; take one of them away");
        reader.ReportUnknown();
        return new AuthenticationSettings
        {
            IsOff = isOff,
            IsBehindAppService = frontEnd is not null,
            HasFrontEndCertificates = frontEnd == AppServiceCertificates,
            Credentials = credentials,
            Tokens = tokens,
        };
    }
}

/// <summary>A caller that proves itself with tokens of its cluster's issuer.</summary>
public sealed record CallerToken(ClusterTokenOptions Options, IReadOnlyList<string> Clusters, DateTimeOffset? Expires);

/// <summary>Reads one caller: the clusters that it speaks for, one way to prove itself, and until when that counts.</summary>
internal static class CallerReader
{
    private static readonly string[] Ways = ["PathToken", "BearerToken", "CertificateAuthority", "Issuer"];

    public static void Read(SettingsReader reader, List<Credential> credentials, List<CallerToken> tokens)
    {
        var clusters = Clusters(reader);
        var expires = Expires(reader);
        var (path, bearer) = (Digest(reader, "PathToken"), Digest(reader, "BearerToken"));
        var certificates = Certificates(reader);
        var name = reader.Text("CertificateName");
        var token = Token(reader);
        if (certificates is not null && name is null)
            reader.Report("CertificateName", "it is missing; expected the certificate's common name or a DNS name of it, such as kube-apiserver");
        if (!Ways.Any(reader.Has) || Ways.Count(reader.Has) > 1)
            reader.Report("", $"expected one of {string.Join(", ", Ways)}, found {(Ways.Any(reader.Has) ? string.Join(" and ", Ways.Where(reader.Has)) : "none of them")}");
        reader.ReportUnknown();
        if (path is not null)
            credentials.Add(new SecretCredential(SecretPlace.Path, path) { Clusters = clusters, Expires = expires });
        if (bearer is not null)
            credentials.Add(new SecretCredential(SecretPlace.BearerHeader, bearer) { Clusters = clusters, Expires = expires });
        if (certificates is not null && name is not null)
            credentials.Add(new CertificateCredential(certificates, name) { Clusters = clusters, Expires = expires });
        if (token is not null)
            tokens.Add(new CallerToken(token, clusters, expires));
    }

    private static string[] Clusters(SettingsReader reader)
    {
        var clusters = Words(reader.Text("Clusters"));
        if (clusters.Length == 0)
            reader.Report("Clusters", "it is missing; expected the names of the clusters that the caller speaks for, with commas between them, or * for all");
        return clusters;
    }

    private static string[] Words(string? text) => text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static DateTimeOffset? Expires(SettingsReader reader)
    {
        if (reader.Text("Expires") is not { } text)
            return null;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return time;
        reader.Report("Expires", $"expected a time such as 2027-01-31T00:00:00Z, found '{text}'");
        return null;
    }

    /// <summary>What was found is not shown: it may be the secret itself.</summary>
    private static byte[]? Digest(SettingsReader reader, string key)
    {
        if (reader.Text(key) is not { } text)
            return null;
        if (SecretCredential.ParseDigest(text) is { } digest)
            return digest;
        reader.Report(key, $"expected the secret's SHA-256 as {SecretCredential.DigestPrefix} and 64 hexadecimal digits; 'injector webhook credentials new' prints it");
        return null;
    }

    private static X509Certificate2Collection? Certificates(SettingsReader reader)
    {
        if (reader.Text("CertificateAuthority") is not { } text)
            return null;
        try
        {
            var certificates = new X509Certificate2Collection();
            // Settings of a function app hold no line breaks; blanks in their place are as good.
            certificates.ImportFromPem(text.Contains("-----BEGIN", StringComparison.Ordinal) ? text : File.ReadAllText(text));
            if (certificates.Count > 0)
                return certificates;
            reader.Report("CertificateAuthority", "expected certificates in PEM (-----BEGIN CERTIFICATE-----) or a file with them, found none");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            reader.Report("CertificateAuthority", $"expected certificates in PEM or a file with them: {e.Message}");
        }
        return null;
    }

    private static ClusterTokenOptions? Token(SettingsReader reader)
    {
        var (issuer, audiences, keys, webhooks) = (reader.Text("Issuer"), Words(reader.Text("Audience")), reader.Text("Keys"), Words(reader.Text("Webhooks")));
        if (issuer is null)
            return null;
        if (audiences.Length == 0)
            reader.Report("Audience", "it is missing; expected what the API server's tokens have as audience, such as the webhook's URL");
        if (keys is null && !IsSecure(issuer))
            reader.Report("Issuer", $"expected an https URL, found '{issuer}'; for an issuer that cannot be reached from here set Keys too");
        if (keys is not null && IssuerKeys.IsUrl(keys) && !IsSecure(keys))
            reader.Report("Keys", $"expected an https URL or a file, found '{keys}'");
        return new ClusterTokenOptions { Issuer = issuer, Audiences = audiences, Keys = keys, Webhooks = webhooks };
    }

    private static bool IsSecure(string url)
        => Uri.TryCreate(url, UriKind.Absolute, out var parsed) && (parsed.Scheme == Uri.UriSchemeHttps || (parsed.Scheme == Uri.UriSchemeHttp && parsed.IsLoopback));
}
