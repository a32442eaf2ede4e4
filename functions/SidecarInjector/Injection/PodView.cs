using System.Text.Json.Nodes;
using SidecarInjector.Injection.Steps;

namespace SidecarInjector.Injection;

/// <summary>
/// The pod as templates see it: as its user wrote it. What an earlier injection added is left out, so that ports, container names and metrics of the
/// sidecar do not count as the application's; the user's own definitions of injected containers are put back.
/// </summary>
internal sealed record PodView(JsonObject Metadata, JsonObject Spec)
{
    public static PodView Of(JsonObject pod, string podNamespace, InjectionStatus? status, ContainerOverrides overrides, string statusName, long agentPort)
    {
        var metadata = pod.Map("metadata") ?? [];
        var spec = pod.Map("spec") ?? [];
        if (status is null && overrides is { Containers.Count: 0, InitContainers.Count: 0 })
            return new PodView(WithNamespace(metadata, podNamespace), spec);
        var stripped = (JsonObject)spec.DeepClone();
        var cleaned = (JsonObject)WithNamespace(metadata, podNamespace).DeepClone();
        if (status is not null)
            Strip(stripped, cleaned, status, statusName, agentPort);
        Append(stripped, "containers", overrides.Containers);
        Append(stripped, "initContainers", overrides.InitContainers);
        return new PodView(cleaned, stripped);
    }

    private static JsonObject WithNamespace(JsonObject metadata, string podNamespace)
    {
        if (metadata.Text("namespace") is { Length: > 0 } || podNamespace.Length == 0)
            return metadata;
        var filled = (JsonObject)metadata.DeepClone();
        filled["namespace"] = podNamespace;
        return filled;
    }

    private static void Strip(JsonObject spec, JsonObject metadata, InjectionStatus status, string statusName, long agentPort)
    {
        Remove(spec, "containers", status.Containers);
        Remove(spec, "initContainers", status.InitContainers);
        if (metadata.Map("annotations") is not { } annotations)
            return;
        if (PrometheusAnnotations.Read(annotations).Port == agentPort.ToString(System.Globalization.CultureInfo.InvariantCulture))
            PrometheusAnnotations.Remove(annotations);
        annotations.Remove(statusName);
    }

    private static void Remove(JsonObject spec, string key, IReadOnlyList<string> names)
        => spec.List(key)?.RemoveAll(c => c is JsonObject map && names.Contains(map.Text("name")));

    private static void Append(JsonObject spec, string key, JsonArray overrides)
    {
        foreach (var container in overrides.Maps())
        {
            if (container.Text("name") is { } name && spec.List(key).Named(name) is null)
                spec.EnsureList(key).Add(container.DeepClone());
        }
    }
}
