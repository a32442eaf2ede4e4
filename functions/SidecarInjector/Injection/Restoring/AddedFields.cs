using System.Text.Json.Nodes;
using SidecarInjector.Configuration;

namespace SidecarInjector.Injection.Restoring;

/// <summary>The labels, annotations and fields of the pod's spec that templates bring to a pod that has none of its own, as far as a pod has them.</summary>
internal sealed class AddedFields
{
    private static readonly string[] Lists = ["containers", "initContainers", "volumes", "imagePullSecrets"];

    private readonly List<string[]> paths = [];

    /// <summary>A pod with the same containers and templates, and nothing else that a template could see as the user's wish.</summary>
    public static JsonObject Bare(JsonObject pod, AnnotationNames names)
    {
        var metadata = pod.Map("metadata");
        var annotations = new JsonObject();
        foreach (var name in new[] { names.Templates, ProxyConfigs.Annotation })
        {
            if (metadata.Map("annotations")?[name] is { } value)
                annotations[name] = value.DeepClone();
        }
        var bare = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [names.Inject] = "true" }, ["annotations"] = annotations },
            ["spec"] = new JsonObject(),
        };
        foreach (var name in new[] { "name", "generateName", "namespace" })
        {
            if (metadata?[name] is { } value)
                bare["metadata"]![name] = value.DeepClone();
        }
        foreach (var list in Lists)
        {
            if (pod.Map("spec")?[list] is { } value)
                bare["spec"]![list] = value.DeepClone();
        }
        bare["metadata"]!.AsObject().Map("annotations")!.Remove(names.Status);
        return bare;
    }

    /// <param name="injected">What injection made of the bare pod; null if it could not be injected.</param>
    /// <param name="pod">The pod in question.</param>
    public static AddedFields Of(JsonObject? injected, JsonObject pod)
    {
        var added = new AddedFields();
        added.Collect(injected, pod, ["metadata", "labels"]);
        added.Collect(injected, pod, ["metadata", "annotations"]);
        added.Collect(injected, pod, ["spec"]);
        return added;
    }

    private void Collect(JsonObject? injected, JsonObject pod, string[] parent)
    {
        if (At(injected, parent) is not { } brought || At(pod, parent) is not { } present)
            return;
        foreach (var (key, value) in brought)
        {
            if (!present.ContainsKey(key) || (parent.Length == 1 && Lists.Contains(key)) || Steps.PrometheusAnnotations.IsMerged(key))
                continue;
            if (parent is ["spec"] && value is JsonObject && present[key] is JsonObject)
                Collect(injected, pod, [.. parent, key]);
            else
                paths.Add([.. parent, key]);
        }
    }

    public void RemoveFrom(JsonObject pod)
    {
        foreach (var path in paths)
            At(pod, path[..^1])?.Remove(path[^1]);
    }

    /// <summary>Puts back what an injection does not bring, or not with this value; whether there was something.</summary>
    public bool PutBack(JsonObject pod, JsonObject original, JsonObject injected)
    {
        var found = false;
        foreach (var path in paths)
        {
            var value = At(original, path[..^1])?[path[^1]];
            if (value is null || PodMeaning.IsSame(value, At(injected, path[..^1])?[path[^1]]) || At(pod, path[..^1]) is not { } parent || parent.ContainsKey(path[^1]))
                continue;
            parent[path[^1]] = value.DeepClone();
            found = true;
        }
        return found;
    }

    /// <summary>Maps that hold nothing any more were made by the injection.</summary>
    public static void RemoveEmpty(JsonObject pod)
    {
        foreach (var path in (string[][])[["metadata", "labels"], ["metadata", "annotations"], ["spec", "securityContext"], ["metadata"]])
        {
            if (At(pod, path) is { Count: 0 })
                At(pod, path[..^1])!.Remove(path[^1]);
        }
    }

    private static JsonObject? At(JsonObject? pod, string[] path) => path.Aggregate(pod, (map, key) => map.Map(key));
}
