using System.Text.Json.Nodes;
using SidecarInjector.Templates;

namespace SidecarInjector.Configuration;

/// <summary>Facts about a cluster that an injector inside of it would ask the API server for.</summary>
public sealed record ClusterFacts
{
    /// <summary>The kubelets' versions, such as <c>v1.33.2</c>, by which native sidecars in mode auto are decided; null if they are not known.</summary>
    public IReadOnlyList<string>? NodeVersions { get; init; }

    /// <summary><c>openshift</c>, where a namespace's annotations say which ids its pods may run as; else empty.</summary>
    public string Platform { get; init; } = "";

    /// <summary>Annotations of namespaces, by the namespace's name.</summary>
    public IReadOnlyDictionary<string, JsonObject> NamespaceAnnotations { get; init; } = new Dictionary<string, JsonObject>();
}

/// <summary>The part of a bundle that is for one cluster: <c>clusters/NAME.yaml</c>.</summary>
internal sealed record ClusterPart(JsonObject? Values, JsonObject? Mesh, IReadOnlyDictionary<string, PodTemplate> Templates, ClusterFacts Facts, bool? IsPaused)
{
    public InjectionBundle LayOver(InjectionBundle bundle)
    {
        var templates = new Dictionary<string, PodTemplate>(bundle.Templates, StringComparer.Ordinal);
        foreach (var (name, template) in Templates)
            templates[name] = template;
        return bundle with
        {
            Config = bundle.Config with { IsPaused = IsPaused ?? bundle.Config.IsPaused },
            Values = JsonLayers.Over(bundle.Values, Values) ?? [],
            Mesh = JsonLayers.Over(bundle.Mesh, Mesh),
            Templates = templates,
            Cluster = Facts,
        };
    }
}

/// <summary>Settings over settings: maps merge by key, everything else replaces, and null takes away (RFC 7386, as Helm does it with values).</summary>
internal static class JsonLayers
{
    public static JsonObject? Over(JsonObject? below, JsonObject? above)
    {
        if (above is null)
            return below;
        var merged = (JsonObject)(below?.DeepClone() ?? new JsonObject());
        Merge(merged, above);
        return merged;
    }

    private static void Merge(JsonObject target, JsonObject above)
    {
        foreach (var (key, value) in above)
        {
            if (value is null)
                target.Remove(key);
            else if (value is JsonObject inner && target[key] is JsonObject old)
                Merge(old, inner);
            else
                target[key] = value.DeepClone();
        }
    }
}
