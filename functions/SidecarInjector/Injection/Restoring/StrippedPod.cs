using System.Text.Json.Nodes;
using SidecarInjector.Configuration;
using SidecarInjector.Injection.Steps;

namespace SidecarInjector.Injection.Restoring;

/// <summary>An injected pod without what its status names, and with the user's own containers and settings in their places again.</summary>
internal static class StrippedPod
{
    /// <summary>
    /// Several, the likeliest first: a container that is an init container now may have been one of the containers, and the image <c>auto</c> may have been none.
    /// </summary>
    public static IEnumerable<JsonObject> Candidates(JsonObject injected, InjectionStatus status, ContainerOverrides overrides, AnnotationNames names, long agentPort)
    {
        yield return Make(injected, status, overrides, names, agentPort, movesBack: true);
        if (overrides.InitContainers.Count > 0)
            yield return Make(injected, status, overrides, names, agentPort, movesBack: false);
    }

    private static JsonObject Make(JsonObject injected, InjectionStatus status, ContainerOverrides overrides, AnnotationNames names, long agentPort, bool movesBack)
    {
        var pod = (JsonObject)injected.DeepClone();
        var spec = pod.EnsureMap("spec");
        var proxy = (spec.List("containers").Named(InjectionContext.ProxyName) ?? spec.List("initContainers").Named(InjectionContext.ProxyName))?.DeepClone() as JsonObject;
        RestoredProbes.Apply(spec, proxy);
        RemoveContainers(spec, "containers", status.Containers, overrides.Containers);
        RemoveContainers(spec, "initContainers", status.InitContainers, movesBack ? Others(overrides.InitContainers) : overrides.InitContainers);
        if (movesBack && overrides.InitContainers.Named(InjectionContext.ProxyName) is { } moved)
            spec.EnsureList("containers").Add((JsonNode)WithImage(moved));
        var mounted = spec.List("initContainers").Maps().Concat(spec.List("containers").Maps())
            .SelectMany(c => c.List("volumeMounts").Maps()).Select(m => m.Text("name")).ToHashSet();
        RemoveNamed(spec, "volumes", [.. status.Volumes.Where(v => !mounted.Contains(v))]);
        RemoveNamed(spec, "imagePullSecrets", status.ImagePullSecrets);
        if (pod.Map("metadata").Map("annotations") is { } annotations)
        {
            RestoredPrometheus.Apply(annotations, proxy, agentPort);
            annotations.Remove(names.Status);
            annotations.Remove(names.Overrides);
        }
        return pod;
    }

    private static JsonArray Others(JsonArray overrides)
        => [.. overrides.Maps().Where(c => c.Text("name") != InjectionContext.ProxyName).Select(c => c.DeepClone())];

    private static void RemoveContainers(JsonObject spec, string key, IReadOnlyList<string> names, JsonArray overrides)
    {
        if (spec.List(key) is not { } list)
            return;
        for (var i = list.Count - 1; i >= 0; i--)
        {
            var name = (list[i] as JsonObject).Text("name");
            if (name is null || !names.Contains(name))
                continue;
            if (overrides.Named(name) is { } users)
                list[i] = WithImage(users);
            else
                list.RemoveAt(i);
        }
        if (list.Count == 0)
            spec.Remove(key);
    }

    /// <summary>A recorded definition without an image had the image <c>auto</c>: Kubernetes demands one.</summary>
    private static JsonObject WithImage(JsonObject container)
    {
        var copy = new JsonObject();
        foreach (var (key, value) in container)
        {
            copy[key] = value?.DeepClone();
            if (key == "name" && !container.ContainsKey("image"))
                copy["image"] = "auto";
        }
        return copy;
    }

    private static void RemoveNamed(JsonObject spec, string key, IReadOnlyList<string> names)
    {
        if (spec.List(key) is not { } list || list.RemoveAll(i => names.Contains((i as JsonObject).Text("name"))) == 0)
            return;
        if (list.Count == 0)
            spec.Remove(key);
    }
}
