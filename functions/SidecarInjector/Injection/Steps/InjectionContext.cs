using System.Text.Json.Nodes;
using SidecarInjector.Configuration;

namespace SidecarInjector.Injection.Steps;

/// <summary>What the steps after merging work on: the merged pod, which they change, and what they need to know.</summary>
internal sealed class InjectionContext
{
    public const string ProxyName = "istio-proxy";

    public required InjectionBundle Bundle { get; init; }

    /// <summary>The pod as it came; never changed.</summary>
    public required JsonObject Original { get; init; }

    /// <summary>The pod under work.</summary>
    public required JsonObject Pod { get; init; }

    /// <summary>The names of what the templates rendered.</summary>
    public required InjectionStatus Status { get; init; }

    public required JsonObject ProxyConfig { get; init; }

    /// <summary>The agent's status port as the mesh has it, not the pod's annotation.</summary>
    public required long AgentPort { get; init; }

    /// <summary>Environment of the proxy from the URL's path, with cluster and network filled in.</summary>
    public required IReadOnlyDictionary<string, string> ProxyEnvironment { get; init; }

    /// <summary>The status that the pod came with; null if it was never injected.</summary>
    public required InjectionStatus? PreviousStatus { get; init; }

    public required ContainerOverrides Overrides { get; init; }

    public List<string> Warnings { get; } = [];

    public JsonObject Spec => Pod.EnsureMap("spec");

    public JsonObject Annotations => Pod.EnsureMap("metadata").EnsureMap("annotations");

    public AnnotationNames Names => Bundle.Config.Annotations;

    /// <summary>The proxy's container: among the containers, else among the init containers.</summary>
    public JsonObject? Proxy => Spec.List("containers").Named(ProxyName) ?? Spec.List("initContainers").Named(ProxyName);

    public IEnumerable<JsonObject> AllContainers => Spec.List("initContainers").Maps().Concat(Spec.List("containers").Maps());

    public static void SetEnvironment(JsonObject container, string name, string value)
        => container.EnsureList("env").Add((JsonNode)new JsonObject { ["name"] = name, ["value"] = value });
}
