using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;

namespace SidecarInjector.Sources;

/// <summary>The labels of a cluster's namespaces, by which webhooks select.</summary>
public static class NamespaceLabels
{
    /// <param name="context">A context of the kubeconfig; "" for the current one.</param>
    /// <param name="namespaces">Names of namespaces.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="BundleSourceException">The cluster cannot be asked, or has no such namespace.</exception>
    public static async Task<IReadOnlyDictionary<string, JsonObject>> ReadAsync(string context, IEnumerable<string> namespaces, CancellationToken cancellation)
    {
        using var client = ClusterClient.Create(context.Length == 0 ? null : context);
        var found = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var name in namespaces.Distinct(StringComparer.Ordinal))
            found[name] = await ReadAsync(client, name, cancellation);
        return found;
    }

    private static async Task<JsonObject> ReadAsync(Kubernetes client, string name, CancellationToken cancellation)
    {
        try
        {
            var read = await client.CoreV1.ReadNamespaceAsync(name, cancellationToken: cancellation);
            return new JsonObject((read.Metadata.Labels ?? new Dictionary<string, string>()).Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            throw new BundleSourceException($"The namespace {name} does not exist in the cluster; name another with -n, or give its labels with --namespace-labels.", e);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Forbidden)
        {
            throw new BundleSourceException($"The namespace {name} may not be read: the role needs the verb get on the resource namespaces; or give its labels with --namespace-labels.", e);
        }
        catch (Exception e) when (ClusterFailure.IsOne(e) && !cancellation.IsCancellationRequested)
        {
            throw new BundleSourceException($"The labels of the namespace {name} cannot be read from the cluster: {e.Message}", e);
        }
    }
}
