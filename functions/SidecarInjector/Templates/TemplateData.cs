using System.Text.Json.Nodes;

namespace SidecarInjector.Templates;

/// <summary>
/// What a template sees. <see cref="Metadata"/> and <see cref="Spec"/> are the pod's as users write them, without what an earlier injection added; the
/// other values are the bundle's and what follows from both. Every field has Kubernetes' or Istio's own name.
/// </summary>
public sealed class TemplateData
{
    /// <summary>The pod's metadata, with the request's namespace filled in.</summary>
    public required JsonObject Metadata { get; init; }

    public required JsonObject Spec { get; init; }

    /// <summary>The workload that owns the pod: <c>apiVersion</c>, <c>kind</c>, <c>name</c>, <c>namespace</c>.</summary>
    public required JsonObject Workload { get; init; }

    /// <summary>The bundle's values.</summary>
    public required JsonObject Values { get; init; }

    /// <summary>The mesh config; empty where the bundle has none.</summary>
    public required JsonObject MeshConfig { get; init; }

    /// <summary>The effective proxy config: built-in defaults, the mesh's <c>defaultConfig</c>, the pod's annotation.</summary>
    public required JsonObject ProxyConfig { get; init; }

    /// <summary>The proxy config as JSON, without what equals the built-in defaults.</summary>
    public required string ProxyConfigJson { get; init; }

    /// <summary>The injector's revision; "" for the default one.</summary>
    public required string Revision { get; init; }

    /// <summary>Whether the proxy of this pod is to be an init container that keeps running.</summary>
    public required bool NativeSidecar { get; init; }

    /// <summary>How traffic gets to the proxy: REDIRECT, TPROXY or NONE; the pod's annotation or the proxy config's.</summary>
    public required string InterceptionMode { get; init; }

    public required string ProxyImage { get; init; }

    public required string ProxyInitImage { get; init; }

    /// <summary>User id that the proxy runs as, 1337 unless the platform gives another.</summary>
    public long ProxyUid { get; init; } = 1337;

    /// <summary>Group id that the proxy runs as.</summary>
    public long ProxyGid { get; init; } = 1337;

    /// <summary><c>localhost</c> or <c>passthrough</c>.</summary>
    public required string InboundTrafficPolicyMode { get; init; }

    /// <summary>The names that a template may start a path with.</summary>
    internal static IReadOnlyCollection<string> Names { get; } =
    [
        "metadata", "spec", "workload", "values", "meshConfig", "proxyConfig", "proxyConfigJSON", "revision", "nativeSidecar", "interceptionMode",
        "proxyImage", "proxyInitImage", "proxyUID", "proxyGID", "inboundTrafficPolicyMode",
    ];

    internal object? this[string name] => name switch
    {
        "metadata" => Metadata,
        "spec" => Spec,
        "workload" => Workload,
        "values" => Values,
        "meshConfig" => MeshConfig,
        "proxyConfig" => ProxyConfig,
        "proxyConfigJSON" => ProxyConfigJson,
        "revision" => Revision,
        "nativeSidecar" => TemplateValue.Boxed.Of(NativeSidecar),
        "interceptionMode" => InterceptionMode,
        "proxyImage" => ProxyImage,
        "proxyInitImage" => ProxyInitImage,
        "proxyUID" => ProxyUid,
        "proxyGID" => ProxyGid,
        "inboundTrafficPolicyMode" => InboundTrafficPolicyMode,
        _ => null,
    };
}
