using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Templates;

namespace SidecarInjector.Explaining;

/// <summary>
/// Where the values come from that the chosen templates read, and all values in which the revision or the cluster differs from the bundle: the first layer that has the
/// value which counts.
/// </summary>
internal sealed class ValueTracer(InjectionBundle whole, string revision, string cluster)
{
    public const string OfBundle = "bundle";

    /// <summary>What the injector itself reads: the images' parts, cluster and network, the switches of its steps.</summary>
    private static readonly string[] OfInjector =
    [
        "global.hub", "global.tag", "global.variant", "global.proxy.image", "global.proxy_init.image", "global.multiCluster.clusterName", "global.network",
        "global.proxy.holdApplicationUntilProxyStarts", "sidecarInjectorWebhook.rewriteAppHTTPProbe",
    ];

    private readonly JsonObject ofBundle = whole.Values;
    private readonly JsonObject ofRevision = whole.Select(revision, "").Values;
    private readonly JsonObject ofCluster = whole.Select(revision, cluster).Values;

    public IReadOnlyList<ValueTrace> Trace(IReadOnlyList<PodTemplate> templates, JsonObject? annotations)
    {
        var reads = templates.Select(t => t.Reads).ToList();
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        paths.UnionWith(reads.SelectMany(r => r.Values));
        paths.UnionWith(OfInjector.Where(p => templates.Count > 0 && Get(ofCluster, p) is not null));
        paths.UnionWith(Different(ofBundle, ofRevision, ""));
        paths.UnionWith(Different(ofRevision, ofCluster, ""));
        var standIns = reads.SelectMany(r => r.StandIns).Distinct().Where(s => annotations.Text(s.Annotation) is not null).ToLookup(s => s.Value, s => s.Annotation);
        return [.. paths.Select(p => standIns[p].FirstOrDefault() is { } annotation
            ? new ValueTrace(p, annotations.Text(annotation), $"annotation {annotation}") : new ValueTrace(p, Get(ofCluster, p)?.DeepClone(), Origin(p)))];
    }

    private string Origin(string path)
    {
        var value = Get(ofCluster, path);
        if (!JsonNode.DeepEquals(value, Get(ofRevision, path)))
            return $"cluster {cluster}";
        if (!JsonNode.DeepEquals(value, Get(ofBundle, path)))
            return $"revision {revision}";
        return value is null ? "not set" : OfBundle;
    }

    private static JsonNode? Get(JsonObject values, string path)
    {
        JsonNode? at = values;
        foreach (var part in path.Split('.'))
            at = (at as JsonObject)?[part.Trim('[', ']')];
        return at;
    }

    /// <summary>The paths of values that are not the same in two layers; maps are gone into.</summary>
    private static IEnumerable<string> Different(JsonObject below, JsonObject above, string prefix)
    {
        if (ReferenceEquals(below, above))
            yield break;
        foreach (var key in below.Select(e => e.Key).Union(above.Select(e => e.Key)))
        {
            var (old, now) = (below[key], above[key]);
            if (old is JsonObject || now is JsonObject)
            {
                foreach (var path in Different(old as JsonObject ?? [], now as JsonObject ?? [], $"{prefix}{key}."))
                    yield return path;
            }
            else if (!JsonNode.DeepEquals(old, now))
                yield return prefix + key;
        }
    }
}
