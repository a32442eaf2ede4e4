using System.Security.Cryptography;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Sources;

/// <summary>Where bundles come from and how they are kept fresh: the section <c>SidecarInjector:Source</c> of the configuration.</summary>
public sealed record SourceSettings
{
    /// <summary>One URI or path says which source it is; "" is the embedded bundle.</summary>
    public string Uri { get; init; } = "";

    /// <summary>The URI without what may be secret in it.</summary>
    public string ShownUri => Uri.Length == 0 ? "istio (embedded)"
        : Uri.Contains("://", StringComparison.Ordinal) && System.Uri.TryCreate(Uri, UriKind.Absolute, out var parsed) && !parsed.IsFile
        ? parsed.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : Uri;

    /// <summary>How often the source is asked; sources that can be watched are also read when they change.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one reading may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The age from which the bundle counts as stale; zero: never.</summary>
    public TimeSpan MaxStale { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Where the last good bundle of a remote source is kept; "" keeps none.</summary>
    public string CacheFolder { get; init; } = DefaultCacheFolder;

    /// <summary>Keys of which one must have signed the bundle; none: signatures are not asked for.</summary>
    public IReadOnlyList<ECDsa> PublicKeys { get; init; } = [];

    /// <summary>The lowest version number that is taken, where signatures are asked for.</summary>
    public long MinimumVersion { get; init; }

    /// <summary>Secret. In place of an identity, for URIs of the form <c>blob:CONTAINER[/prefix]</c>.</summary>
    public string? BlobConnectionString { get; init; }

    /// <summary>Secret. Sent as <c>Authorization: Bearer</c>.</summary>
    public string? HttpBearerToken { get; init; }

    public string? HttpHeaderName { get; init; }

    /// <summary>Secret.</summary>
    public string? HttpHeaderValue { get; init; }

    /// <summary>The kubeconfig's context; its current one if not given. Inside of a cluster, nothing is needed.</summary>
    public string? KubernetesContext { get; init; }

    /// <summary>Below the user's data folder, or the temporary one where there is no such thing, as in a function app.</summary>
    public static string DefaultCacheFolder { get; } = Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) is { Length: > 0 } data ? data : Path.GetTempPath(), "sidecar-injector", "bundles");

    /// <summary>Mistakes are noted in the reader.</summary>
    internal static SourceSettings Read(SettingsReader reader)
    {
        var (blob, http, kubernetes) = (reader.Inner("Blob"), reader.Inner("Http"), reader.Inner("Kubernetes"));
        var settings = new SourceSettings
        {
            Uri = reader.Text("Uri") ?? "",
            RefreshInterval = reader.Duration("RefreshInterval", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            Timeout = reader.Duration("Timeout", TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5)),
            MaxStale = reader.Duration("MaxStale", TimeSpan.FromDays(1), TimeSpan.Zero, TimeSpan.FromDays(3650)),
            CacheFolder = reader.Text("CacheFolder") switch { null => DefaultCacheFolder, "none" => "", var folder => folder },
            PublicKeys = Keys(reader),
            MinimumVersion = reader.Number("MinimumVersion", 0, 0),
            BlobConnectionString = blob.Text("ConnectionString"),
            HttpBearerToken = http.Text("BearerToken"),
            HttpHeaderName = http.Text("HeaderName"),
            HttpHeaderValue = http.Text("HeaderValue"),
            KubernetesContext = kubernetes.Text("Context"),
        };
        if (settings.MinimumVersion > 0 && settings.PublicKeys.Count == 0)
            reader.Report("MinimumVersion", "a version number can be trusted only where bundles are signed; set PublicKeys__0 too");
        if (settings.HttpHeaderName is null != settings.HttpHeaderValue is null)
            http.Report("HeaderName", "the header's name and its value (HeaderValue) belong together; set both or neither");
        foreach (var part in new[] { reader, blob, http, kubernetes })
            part.ReportUnknown();
        foreach (var mistake in BundleSources.Mistakes(settings))
            reader.Report("Uri", mistake);
        return settings;
    }

    private static List<ECDsa> Keys(SettingsReader reader)
    {
        var keys = new List<ECDsa>();
        foreach (var text in reader.Texts("PublicKeys", none: "none"))
        {
            try
            {
                keys.Add(BundleSignature.ReadPublicKey(text.Contains("-----BEGIN", StringComparison.Ordinal) ? text : File.ReadAllText(text)));
            }
            catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
            {
                reader.Report("PublicKeys", $"expected a public key in PEM or a file with one: {e.Message}");
            }
        }
        return keys;
    }
}
