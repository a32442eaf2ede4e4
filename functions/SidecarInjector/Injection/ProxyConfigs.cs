using System.Text.Json.Nodes;
using SidecarInjector.Yaml;

namespace SidecarInjector.Injection;

/// <summary>
/// The effective proxy config of a pod: Istio's built-in defaults, the mesh's <c>defaultConfig</c>, the pod's annotation. <c>proxyMetadata</c> merges by
/// key, every other field overrides.
/// </summary>
internal sealed class ProxyConfigs
{
    public const string Annotation = "proxy.istio.io/config";

    /// <summary>Fields of the message whose absence differs from zero, so that a zero is kept.</summary>
    private static readonly HashSet<string> Wrapped = ["concurrency", "holdApplicationUntilProxyStarts"];

    private static readonly JsonObject BuiltIn = new()
    {
        ["configPath"] = "./etc/istio/proxy",
        ["binaryPath"] = "/usr/local/bin/envoy",
        ["serviceCluster"] = "istio-proxy",
        ["drainDuration"] = "45s",
        ["discoveryAddress"] = "istiod.istio-system.svc:15012",
        ["proxyAdminPort"] = 15000L,
        ["controlPlaneAuthPolicy"] = "MUTUAL_TLS",
        ["statNameLength"] = 189L,
        ["statusPort"] = 15020L,
        ["terminationDrainDuration"] = "5s",
    };

    public ProxyConfigs(JsonObject? mesh)
    {
        OfMesh = (JsonObject)BuiltIn.DeepClone();
        Apply(OfMesh, mesh.Map("defaultConfig") ?? []);
        JsonOfMesh = WithoutDefaults(OfMesh);
    }

    /// <summary>The config of a pod that says nothing. Shared: never changed.</summary>
    public JsonObject OfMesh { get; }

    public string JsonOfMesh { get; }

    /// <summary>The port of the agent's status server as the mesh has it.</summary>
    public long AgentPort => OfMesh.Integer("statusPort") ?? 0;

    /// <summary>The config of a pod and its JSON without defaults.</summary>
    /// <exception cref="InjectionException">The annotation is not a proxy config.</exception>
    public (JsonObject Config, string Json) OfPod(string? annotation)
    {
        if (string.IsNullOrWhiteSpace(annotation))
            return (OfMesh, JsonOfMesh);
        var config = (JsonObject)OfMesh.DeepClone();
        Apply(config, Parse(annotation));
        return (config, WithoutDefaults(config));
    }

    /// <summary>The annotation as a map with camel-case names.</summary>
    public static JsonObject Parse(string annotation)
    {
        try
        {
            return YamlReader.ReadSingle(annotation) is not { } root ? []
                : YamlResolver.ToJson(root) as JsonObject ?? throw new InjectionException("expected a map of proxy config fields");
        }
        catch (YamlFormatException e)
        {
            throw new InjectionException($"it is not YAML: {e.Message} (line {e.Position.Line} of the annotation)");
        }
    }

    private static void Apply(JsonObject config, JsonObject overlay)
    {
        foreach (var (key, value) in overlay)
        {
            var name = ProxyConfigFields.CamelCase(key);
            if (name == "proxyMetadata" && value is JsonObject metadata && config.Map(name) is { } merged)
            {
                foreach (var (variable, text) in metadata)
                    merged[variable] = text?.DeepClone();
            }
            else
                config[name] = value?.DeepClone();
        }
    }

    /// <summary>The message as JSON without what equals the built-in defaults, which is what the proxy is given.</summary>
    public static string WithoutDefaults(JsonObject config) => Prune(config).ToJsonString(JsonText.Compact);

    private static JsonObject Prune(JsonObject config)
    {
        var pruned = new JsonObject();
        foreach (var (key, value) in config)
        {
            if (!JsonNode.DeepEquals(value, BuiltIn[key]) && (Wrapped.Contains(key) || !IsZero(value)))
                pruned[key] = value?.DeepClone();
        }
        return pruned;
    }

    private static bool IsZero(JsonNode? value) => value switch
    {
        null => true,
        JsonObject map => map.Count == 0,
        JsonArray list => list.Count == 0,
        JsonValue scalar => scalar.ToJsonString() is "0" or "\"\"" or "false" or "\"REDIRECT\"",
        _ => false,
    };
}

internal enum ProxyConfigType
{
    Text,
    Integer,
    Flag,
    Duration,
    Map,
    List,
}

/// <summary>The fields of Istio's ProxyConfig message and their types.</summary>
internal static class ProxyConfigFields
{
    public static IReadOnlyDictionary<string, ProxyConfigType> All { get; } = new Dictionary<string, ProxyConfigType>(StringComparer.Ordinal)
    {
        ["configPath"] = ProxyConfigType.Text,
        ["binaryPath"] = ProxyConfigType.Text,
        ["serviceCluster"] = ProxyConfigType.Text,
        ["tracingServiceName"] = ProxyConfigType.Text,
        ["drainDuration"] = ProxyConfigType.Duration,
        ["discoveryAddress"] = ProxyConfigType.Text,
        ["zipkinAddress"] = ProxyConfigType.Text,
        ["statsdUdpAddress"] = ProxyConfigType.Text,
        ["proxyAdminPort"] = ProxyConfigType.Integer,
        ["controlPlaneAuthPolicy"] = ProxyConfigType.Text,
        ["customConfigFile"] = ProxyConfigType.Text,
        ["statNameLength"] = ProxyConfigType.Integer,
        ["concurrency"] = ProxyConfigType.Integer,
        ["proxyBootstrapTemplatePath"] = ProxyConfigType.Text,
        ["interceptionMode"] = ProxyConfigType.Text,
        ["tracing"] = ProxyConfigType.Map,
        ["envoyAccessLogService"] = ProxyConfigType.Map,
        ["envoyMetricsService"] = ProxyConfigType.Map,
        ["envoyMetricsServiceAddress"] = ProxyConfigType.Text,
        ["proxyMetadata"] = ProxyConfigType.Map,
        ["runtimeValues"] = ProxyConfigType.Map,
        ["statusPort"] = ProxyConfigType.Integer,
        ["extraStatTags"] = ProxyConfigType.List,
        ["terminationDrainDuration"] = ProxyConfigType.Duration,
        ["gatewayTopology"] = ProxyConfigType.Map,
        ["meshId"] = ProxyConfigType.Text,
        ["readinessProbe"] = ProxyConfigType.Map,
        ["proxyStatsMatcher"] = ProxyConfigType.Map,
        ["holdApplicationUntilProxyStarts"] = ProxyConfigType.Flag,
        ["caCertificatesPem"] = ProxyConfigType.List,
        ["image"] = ProxyConfigType.Map,
        ["privateKeyProvider"] = ProxyConfigType.Map,
        ["proxyHeaders"] = ProxyConfigType.Map,
        ["fileFlushInterval"] = ProxyConfigType.Duration,
        ["fileFlushMinSizeKb"] = ProxyConfigType.Integer,
        ["statsCompression"] = ProxyConfigType.Flag,
    };

    /// <summary>The message's JSON names; its own names with underscores are accepted too.</summary>
    public static string CamelCase(string name)
    {
        if (!name.Contains('_'))
            return name;
        var parts = name.Split('_');
        return parts[0] + string.Concat(parts.Skip(1).Select(p => p.Length == 0 ? "" : char.ToUpperInvariant(p[0]) + p[1..]));
    }
}
