using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace SidecarInjector.Sources;

/// <summary>A bundle in a ConfigMap, whose changes the API server tells at once. The client goes with the source.</summary>
public sealed class ConfigMapBundleSource(Kubernetes client, string @namespace, string name) : IBundleSource, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public string Name => ConfigMapAddress.Of(@namespace, name);

    public string Identity => $"{client.BaseUri} {Name}";

    /// <summary>Reads <c>configmap://NAMESPACE/NAME</c> from the cluster that <see cref="ClusterClient"/> finds.</summary>
    public static ConfigMapBundleSource Create(Uri uri, string? context = null)
    {
        var (@namespace, name) = ConfigMapAddress.Parse(uri);
        return new ConfigMapBundleSource(ClusterClient.Create(context), @namespace, name);
    }

    public async Task<BundleContent?> ReadAsync(string? known, CancellationToken cancellation = default)
    {
        try
        {
            var map = await client.CoreV1.ReadNamespacedConfigMapAsync(name, @namespace, cancellationToken: cancellation);
            if (TagOf(map) == known)
                return null;
            return BundleContent.Of(() => BundleDocument.OfConfigMap(map.Data ?? new Dictionary<string, string>(), map.BinaryData ?? new Dictionary<string, byte[]>()),
                TagOf(map));
        }
        catch (Exception e) when (ClusterFailure.IsOne(e))
        {
            cancellation.ThrowIfCancellationRequested();
            throw ClusterFailure.Of(e, Name, "get");
        }
    }

    /// <summary>Completes on a change of the ConfigMap, and when it is made or deleted.</summary>
    public async Task WaitForChangeAsync(string? known, CancellationToken cancellation)
    {
        var watch = new ConfigMapWatch(client, @namespace, name);
        var verb = "watch";
        try
        {
            for (var seen = VersionOf(known); ; seen = watch.Seen)
            {
                // Without a version to go on from, a watch begins with what is there; that the map has gone meanwhile is no event.
                verb = "get";
                if (seen is null && await CurrentTagAsync(cancellation) != known)
                    return;
                verb = "watch";
                if (await watch.SeesChangeAsync(known, seen, cancellation))
                    return;
                // Something on the way may end every watch at once; the next one misses nothing by beginning a little later.
                await Task.Delay(Pause, cancellation);
            }
        }
        catch (Exception e) when (ClusterFailure.IsOne(e))
        {
            cancellation.ThrowIfCancellationRequested();
            throw ClusterFailure.Of(e, Name, verb);
        }
    }

    private async Task<string?> CurrentTagAsync(CancellationToken cancellation)
    {
        try
        {
            return TagOf(await client.CoreV1.ReadNamespacedConfigMapAsync(name, @namespace, cancellationToken: cancellation));
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>A map that is deleted and made again has another uid; its versions go on, but from where nobody promises.</summary>
    internal static string TagOf(V1ConfigMap map) => $"{map.Metadata.Uid}/{map.Metadata.ResourceVersion}";

    private static string? VersionOf(string? tag) => tag?[(tag.IndexOf('/', StringComparison.Ordinal) + 1)..];

    public void Dispose() => client.Dispose();
}
