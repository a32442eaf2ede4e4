using System.Security.Cryptography;
using System.Text.Json.Nodes;
using SidecarInjector.Authentication;

namespace SidecarInjector.Registration;

/// <summary>How an API server proves itself to the injector.</summary>
public enum CallerScheme
{
    /// <summary>A secret in the URL. Works with every cluster; whoever may read webhook configurations can read it.</summary>
    Path,

    /// <summary>A secret in a header, from the API server's AdmissionConfiguration.</summary>
    Bearer,

    /// <summary>A client certificate, from the API server's AdmissionConfiguration.</summary>
    Certificate,

    /// <summary>A token that the API server issues for itself (KEP-6060).</summary>
    ClusterToken,
}

/// <summary>A credential's two halves: settings of the injector, and files and words for the cluster.</summary>
/// <param name="Settings">Names and values, as they stand in the environment.</param>
/// <param name="Files">Name and content, for the API server's machine; they hold the secret.</param>
/// <param name="PathToken">What the webhook's URL carries as <c>token</c>; null if it carries none.</param>
public sealed record CallerCredential(
    IReadOnlyList<KeyValuePair<string, string>> Settings,
    IReadOnlyList<KeyValuePair<string, string>> Files,
    string? PathToken);

/// <summary>Makes credentials for a cluster.</summary>
public sealed record CallerSetup
{
    private static readonly string[] Plugins = ["MutatingAdmissionWebhook", "ValidatingAdmissionWebhook"];

    public required string Cluster { get; init; }

    /// <summary>Where the injector is, for the user entry of the kubeconfig.</summary>
    public required Uri Url { get; init; }

    /// <summary>Where the files will be on the API server's machine.</summary>
    public string Folder { get; init; } = "/etc/kubernetes/sidecar-injector";

    /// <summary>The caller's number in the settings.</summary>
    public int Index { get; init; }

    /// <summary>From when on the credential counts no more; null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>A new random secret: 32 bytes, in characters that need no escaping in a URL or on a command line.</summary>
    public static string NewSecret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    public CallerCredential OfPath(string secret) => new(Settings(("PathToken", Digest(secret))), [], secret);

    public CallerCredential OfBearer(string secret) => new(Settings(("BearerToken", Digest(secret))),
        AdmissionFiles(new JsonObject { ["token"] = secret }), null);

    /// <param name="name">The client certificate's common name.</param>
    /// <param name="certificates">PEM of the authority, of the client's certificate and of its key.</param>
    public CallerCredential OfCertificate(string name, (string Authority, string Certificate, string Key) certificates) => new(
        // In one line, as a setting of a function app must be.
        Settings(("CertificateAuthority", certificates.Authority.Trim().ReplaceLineEndings(" ")), ("CertificateName", name)),
        [
            .. AdmissionFiles(new JsonObject { ["client-certificate"] = $"{Folder}/client.crt", ["client-key"] = $"{Folder}/client.key" }),
            KeyValuePair.Create("client.crt", certificates.Certificate + "\n"),
            KeyValuePair.Create("client.key", certificates.Key + "\n"),
        ], null);

    /// <param name="issuer">The cluster's service account issuer.</param>
    /// <param name="audience">What the API server's tokens have as audience.</param>
    public CallerCredential OfClusterToken(string issuer, string audience) => new(Settings(("Issuer", issuer), ("Audience", audience)), [], null);

    private static string Digest(string secret) => SecretCredential.DigestPrefix + Convert.ToHexStringLower(SecretCredential.DigestOf(secret));

    /// <summary>A setting of the caller with this number.</summary>
    public static string SettingName(int index, string name) => $"SidecarInjector__Authentication__Callers__{index}__{name}";

    private KeyValuePair<string, string>[] Settings(params (string Name, string Value)[] own) =>
    [
        KeyValuePair.Create(SettingName(Index, "Clusters"), Cluster),
        .. Expires is { } end ? [KeyValuePair.Create(SettingName(Index, "Expires"), Time(end))] : (KeyValuePair<string, string>[])[],
        .. own.Select(o => KeyValuePair.Create(SettingName(Index, o.Name), o.Value)),
    ];

    /// <summary>A time as the settings have it.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private KeyValuePair<string, string>[] AdmissionFiles(JsonObject user) =>
    [
        KeyValuePair.Create("admission-configuration.yaml", Yaml.YamlWriter.Write(AdmissionConfiguration())),
        KeyValuePair.Create("kubeconfig.yaml", Yaml.YamlWriter.Write(Kubeconfig(user))),
    ];

    private JsonObject AdmissionConfiguration() => new()
    {
        ["apiVersion"] = "apiserver.config.k8s.io/v1",
        ["kind"] = "AdmissionConfiguration",
        ["plugins"] = new JsonArray([.. Plugins.Select(name => new JsonObject
        {
            ["name"] = name,
            ["configuration"] = new JsonObject
            {
                ["apiVersion"] = "apiserver.config.k8s.io/v1",
                ["kind"] = "WebhookAdmissionConfiguration",
                ["kubeConfigFile"] = $"{Folder}/kubeconfig.yaml",
            },
        })]),
    };

    /// <summary>For this host alone: what stands under <c>*</c> is sent to every webhook of the cluster.</summary>
    private JsonObject Kubeconfig(JsonObject user) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Config",
        ["users"] = new JsonArray(new JsonObject { ["name"] = Url.IsDefaultPort ? Url.Host : $"{Url.Host}:{Url.Port}", ["user"] = user }),
    };
}
