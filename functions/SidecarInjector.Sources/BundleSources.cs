using Microsoft.Extensions.Logging;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;
using SidecarInjector.Sources.Refreshing;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Sources;

/// <summary>
/// Makes the source, or the target, that one URI names: "" for the embedded bundle, a folder's or a file's path, <c>https://ACCOUNT.blob.core.windows.net/…</c>
/// or <c>blob:CONTAINER/…</c>, any other <c>https://…</c>, and <c>configmap://NAMESPACE/NAME</c>.
/// </summary>
public static class BundleSources
{
    private enum Place
    {
        Embedded,
        Local,
        Blob,
        Http,
        ConfigMap,
    }

    /// <summary>The storage services of Azure's clouds.</summary>
    private static readonly string[] BlobHosts = [".blob.core.windows.net", ".blob.core.usgovcloudapi.net", ".blob.core.chinacloudapi.cn", ".blob.storage.azure.net"];

    private static Place PlaceOf(string uri)
    {
        if (uri.Length == 0)
            return Place.Embedded;
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var parsed))
        {
            return uri.Contains("://", StringComparison.Ordinal)
                ? throw new BundleSourceException("The bundle's URI cannot be read; expected https://HOST/PATH, blob:CONTAINER/PATH or configmap://NAMESPACE/NAME.") : Place.Local;
        }
        if (parsed.IsFile)
            return Place.Local;
        return parsed.Scheme switch
        {
            "blob" => Place.Blob,
            "configmap" => Place.ConfigMap,
            "http" or "https" => BlobHosts.Any(h => parsed.Host.EndsWith(h, StringComparison.OrdinalIgnoreCase)) ? Place.Blob : Place.Http,
            _ => throw new BundleSourceException($"The bundle's URI begins with {parsed.Scheme}:; expected https://, blob:, configmap://, or a folder's path."),
        };
    }

    /// <summary>Whether the bundle is on this machine, where whoever starts the program can mend it.</summary>
    public static bool IsLocal(SourceSettings settings) => PlaceOf(settings.Uri) is Place.Embedded or Place.Local;

    /// <exception cref="BundleSourceException">The URI is none of these, or a setting that it needs is missing.</exception>
    public static IBundleSource Create(SourceSettings settings) => PlaceOf(settings.Uri) switch
    {
        Place.Embedded => new EmbeddedBundleSource(),
        Place.Local => CreateLocal(settings.Uri.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? new Uri(settings.Uri).LocalPath : settings.Uri),
        Place.Blob => new BlobBundleSource(BlobSourceOptions.Parse(new Uri(settings.Uri), settings.BlobConnectionString)),
        Place.ConfigMap => ConfigMapBundleSource.Create(new Uri(settings.Uri), settings.KubernetesContext),
        _ => new HttpBundleSource(HttpOptions(settings)),
    };

    private static IBundleSource CreateLocal(string path) => File.Exists(path) ? new FileBundleSource(path) : new FolderBundleSource(path);

    /// <exception cref="BundleSourceException">The URI is no place that can be written to.</exception>
    public static IBundleTarget CreateTarget(SourceSettings settings) => PlaceOf(settings.Uri) switch
    {
        Place.Blob => new BlobBundleTarget(BlobSourceOptions.Parse(new Uri(settings.Uri), settings.BlobConnectionString)),
        Place.ConfigMap => ConfigMapBundleTarget.Create(new Uri(settings.Uri), settings.KubernetesContext),
        _ => throw new BundleSourceException($"Nothing can be pushed to '{settings.ShownUri}'; expected a Blob container or configmap://NAMESPACE/NAME."),
    };

    /// <summary>What keeps the store as new as the source, with all that the settings say about it.</summary>
    /// <param name="settings">How often, how long, and with which keys.</param>
    /// <param name="source">Where from.</param>
    /// <param name="store">Where to.</param>
    /// <param name="adjust">What is laid over the files after they were verified; null: nothing.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logs">Where changes and failures are written down.</param>
    /// <param name="metrics">Where readings are counted.</param>
    public static BundleRefresher CreateRefresher(SourceSettings settings, IBundleSource source, BundleStore store,
        Func<IReadOnlyList<BundleFile>, IReadOnlyList<BundleFile>>? adjust, TimeProvider time, ILoggerFactory logs, InjectorMetrics? metrics = null)
    {
        var diskCopy = IsLocal(settings) || settings.CacheFolder.Length == 0 ? null : new BundleDiskCopy(settings.CacheFolder, source.Identity);
        var intake = new BundleIntake(new BundleVerifier(settings.PublicKeys, settings.MinimumVersion), adjust);
        return new BundleRefresher(source, store, intake, diskCopy, settings, time, logs.CreateLogger<BundleRefresher>(), metrics);
    }

    /// <summary>What is wrong with the URI and the settings that belong to it, found without asking anybody.</summary>
    internal static IEnumerable<string> Mistakes(SourceSettings settings)
    {
        try
        {
            var place = PlaceOf(settings.Uri);
            if (place == Place.Http)
                return HttpOptions(settings).Mistakes;
            if (place == Place.Blob)
                BlobSourceOptions.Parse(new Uri(settings.Uri), settings.BlobConnectionString);
            else if (place == Place.ConfigMap)
                ConfigMapAddress.Parse(new Uri(settings.Uri));
            return [];
        }
        catch (BundleSourceException e)
        {
            return [e.Message];
        }
    }

    private static HttpSourceOptions HttpOptions(SourceSettings settings) => new()
    {
        Uri = new Uri(settings.Uri),
        BearerToken = settings.HttpBearerToken,
        HeaderName = settings.HttpHeaderName,
        HeaderValue = settings.HttpHeaderValue,
        Timeout = settings.Timeout,
    };
}
