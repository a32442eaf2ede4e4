using System.Net;
using System.Text;
using k8s;
using k8s.Autorest;
using k8s.Models;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Sources;

/// <summary>
/// Writes a bundle into a ConfigMap: a key a file, so that people can read and change it there; an archive where that would break a signature or where
/// keys cannot hold the files.
/// </summary>
public sealed class ConfigMapBundleTarget(Kubernetes client, string @namespace, string name) : IBundleTarget, IDisposable
{
    private const string FieldManager = "sidecar-injector";

    public string Name => ConfigMapAddress.Of(@namespace, name);

    /// <summary>Writes <c>configmap://NAMESPACE/NAME</c> in the cluster that <see cref="ClusterClient"/> finds.</summary>
    public static ConfigMapBundleTarget Create(Uri uri, string? context = null)
    {
        var (@namespace, name) = ConfigMapAddress.Parse(uri);
        return new ConfigMapBundleTarget(ClusterClient.Create(context), @namespace, name);
    }

    /// <summary>Replaces the data whole, whoever wrote it; applying would leave the keys of others. Labels and annotations stay.</summary>
    public async Task WriteAsync(IReadOnlyList<BundleFile> files, CancellationToken cancellation = default)
    {
        var verb = "get";
        try
        {
            var map = await FindAsync(cancellation);
            var isNew = map is null;
            verb = isNew ? "create" : "update";
            map ??= new V1ConfigMap { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = @namespace } };
            Fill(map, files);
            if (isNew)
                await client.CoreV1.CreateNamespacedConfigMapAsync(map, @namespace, fieldManager: FieldManager, cancellationToken: cancellation);
            else
                await client.CoreV1.ReplaceNamespacedConfigMapAsync(map, name, @namespace, fieldManager: FieldManager, cancellationToken: cancellation);
        }
        catch (Exception e) when (ClusterFailure.IsOne(e))
        {
            cancellation.ThrowIfCancellationRequested();
            throw ClusterFailure.Of(e, Name, verb);
        }
    }

    private async Task<V1ConfigMap?> FindAsync(CancellationToken cancellation)
    {
        try
        {
            return await client.CoreV1.ReadNamespacedConfigMapAsync(name, @namespace, cancellationToken: cancellation);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private static void Fill(V1ConfigMap map, IReadOnlyList<BundleFile> files)
    {
        // The server keeps them itself; and the client without reflection cannot write them.
        map.Metadata.ManagedFields = null;
        map.Data = AsKeys(files);
        map.BinaryData = map.Data is null ? new Dictionary<string, byte[]> { [BundleDocument.ArchiveKey] = BundleArchive.Pack(files) } : null;
    }

    /// <summary>A key a file; null if the files that come back would not be the same.</summary>
    private static Dictionary<string, string>? AsKeys(IReadOnlyList<BundleFile> files)
    {
        if (files.Any(f => f.Path == BundleManifest.SignatureFileName))
            return null;
        var data = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var key = BundleDocument.ToConfigMapKey(file.Path);
            if (key is null || !key.All(IsKeyCharacter) || !data.TryAdd(key, Encoding.UTF8.GetString(file.Content.Span)))
                return null;
        }
        var back = BundleDocument.OfConfigMap(data, []).ToDictionary(f => f.Path, f => f.Content, StringComparer.Ordinal);
        return files.All(f => back.TryGetValue(f.Path, out var content) && content.Span.SequenceEqual(f.Content.Span)) ? data : null;
    }

    public void Dispose() => client.Dispose();

    private static bool IsKeyCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';
}
