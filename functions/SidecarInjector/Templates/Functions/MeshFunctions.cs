using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Templates.Functions;

/// <summary>Functions about pods and meshes; the rules are those of Istio's functions of the same name.</summary>
internal static class MeshFunctions
{
    private const string ProxyContainer = "istio-proxy";

    public static IReadOnlyList<TemplateFunction> All { get; } =
    [
        new("appContainers spec", 1, 1, (in a) => Containers(a[0]).Select(Name).Where(n => n != ProxyContainer).ToArray<object?>()),
        new("includeInboundPorts containers", 1, 1, (in a) => TcpPorts(TemplateValue.Items(a[0]).OfType<JsonObject>())),
        new("applicationPorts containers", 1, 1, (in a) => TcpPorts(TemplateValue.Items(a[0]).OfType<JsonObject>().Where(c => Name(c) != ProxyContainer))),
        new("kubevirtInterfaces interfaces", 1, 1, (in a) => a[0]),
        new("excludeInterfaces interfaces", 1, 1, (in a) => a[0]),
        new("podPorts spec", 1, 1, (in a) => PodPorts(a[0])),
        new("excludeInboundPort port list", 2, 2, (in a) => ExcludeInboundPort(a.Text(0), a.Text(1))),
        new("appendMultusNetwork networks network", 2, 2, (in a) => MultusNetworks.Append(a.Text(0), a.Text(1))),
        new("named name map", 2, 2, (in a) => Named(a.Text(0), a[1])),
        new("otelResourceAttributes meshConfig metadata spec", 3, 3, (in a)
            => OtelResourceAttributes.Of(a[0] as JsonObject, a[1] as JsonObject ?? [], a[2] as JsonObject)),
    ];

    internal static IEnumerable<JsonObject> Containers(object? spec)
        => (spec as JsonObject)?["containers"] is JsonArray list ? list.OfType<JsonObject>() : [];

    internal static string Name(JsonObject container) => TemplateValue.Print(container["name"]);

    /// <summary>The ports of all containers as a JSON array with one port a line.</summary>
    private static string PodPorts(object? spec)
    {
        var ports = Containers(spec).SelectMany(c => c["ports"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        var text = new StringBuilder("[");
        for (var i = 0; i < ports.Count; i++)
            text.Append(i == 0 ? "\n    " : "\n    ,").Append(ports[i].ToJsonString(JsonText.Compact));
        return text.Append("\n]").ToString();
    }

    /// <summary>The comma list of the containers' ports but those for UDP and SCTP.</summary>
    private static string TcpPorts(IEnumerable<JsonObject> containers)
        => string.Join(',', containers.SelectMany(c => c["ports"] as JsonArray ?? []).OfType<JsonObject>()
            .Where(p => TemplateValue.Print(p["protocol"]) is not ("UDP" or "SCTP")).Select(p => TemplateValue.Print(p["containerPort"])));

    /// <summary>Adds the port to the comma list unless it is "" or 0 or stands there already; a list that needs no addition comes back as it is.</summary>
    internal static string ExcludeInboundPort(string port, string list)
    {
        port = port.Trim();
        if (port is "" or "0" || list.Split(',').Contains(port))
            return list;
        return string.Join(',', list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Append(port));
    }

    /// <summary>A list item made of a map and its name, for maps that are keyed by name where Kubernetes wants a list.</summary>
    private static JsonObject Named(string name, object? map)
    {
        var item = new JsonObject { ["name"] = name };
        if (map is not (JsonObject or null))
            throw new TemplateRenderException($"expected a map for '{name}', found {TemplateValue.Print(map)}");
        foreach (var (key, value) in map as JsonObject ?? [])
        {
            if (key != "name")
                item[key] = value?.DeepClone();
        }
        return item;
    }
}

/// <summary>The annotation <c>k8s.v1.cni.cncf.io/networks</c>: a comma list, or a JSON list of objects with name and namespace.</summary>
internal static class MultusNetworks
{
    public static string Append(string networks, string network)
    {
        if (networks.Length == 0)
            return network;
        if (networks.LastIndexOf(']') is var end and >= 0)
            return AppendToJson(networks, network, end);
        var names = networks.Split(',', StringSplitOptions.TrimEntries);
        return names.Contains(network) ? networks : $"{networks}, {network}";
    }

    /// <summary>Inserted as text, so that the user's own formatting stays.</summary>
    private static string AppendToJson(string networks, string network, int end)
    {
        var slash = network.IndexOf('/');
        var (scope, name) = slash < 0 ? (null, network) : (network[..slash], network[(slash + 1)..]);
        JsonArray? list;
        try
        {
            list = JsonText.Parse(networks) as JsonArray;
        }
        catch (JsonException)
        {
            return networks;
        }
        if (list is null || list.Any(n => Is(n, "name", name) && Is(n, "namespace", scope)))
            return networks;
        var entry = new JsonObject { ["name"] = name };
        if (scope is not null)
            entry["namespace"] = scope;
        var text = entry.ToJsonString(JsonText.Compact).Replace("\":\"", "\": \"").Replace("\",\"", "\", \"");
        return networks.Insert(end, list.Count == 0 ? text : ", " + text);
    }

    private static bool Is(JsonNode? entry, string key, string? value)
        => TemplateValue.Print((entry as JsonObject)?[key]) == (value ?? "");
}

/// <summary>The value of OTEL_RESOURCE_ATTRIBUTES: empty unless a tracing provider of the mesh asks for OpenTelemetry's semantic conventions.</summary>
internal static class OtelResourceAttributes
{
    private const string Prefix = "resource.opentelemetry.io/";

    public static string Of(JsonObject? mesh, JsonObject metadata, JsonObject? spec)
    {
        if (!AsksForConventions(mesh))
            return "";
        var containers = MeshFunctions.Containers(spec).ToList();
        var annotations = metadata["annotations"] as JsonObject ?? [];
        var space = TemplateValue.Print(metadata["namespace"]);
        (string Key, string Value)[] attributes =
        [
            ("service.namespace", FirstOf(Get(annotations, Prefix + "service.namespace"), space)),
            ("service.version",
                FirstOf(Get(annotations, Prefix + "service.version"),
                Get(metadata["labels"] as JsonObject ?? [], "app.kubernetes.io/version"), ImageVersion(containers))),
            ("service.instance.id", FirstOf(Get(annotations, Prefix + "service.instance.id"), InstanceId(space, containers))),
        ];
        return string.Join(',', attributes.Where(e => e.Value.Length > 0).Select(e => $"{e.Key}={e.Value}"));
    }

    private static bool AsksForConventions(JsonObject? mesh)
        => mesh?["extensionProviders"] is JsonArray providers
            && providers.OfType<JsonObject>()
                .Any(p => TemplateValue.Print((p["opentelemetry"] as JsonObject)?["serviceAttributeEnrichment"]) == "OTEL_SEMANTIC_CONVENTIONS");

    private static string FirstOf(params ReadOnlySpan<string> values)
    {
        foreach (var value in values)
        {
            if (value.Length > 0)
                return value;
        }
        return "";
    }

    private static string Get(JsonObject map, string key) => TemplateValue.Print(map[key]);

    private static string InstanceId(string space, List<JsonObject> containers)
        => containers.Count == 0 ? "" : $"{space}.$(POD_NAME).{MeshFunctions.Name(containers[0])}";

    /// <summary>The tag, else the digest, of the image if there is exactly one container.</summary>
    private static string ImageVersion(List<JsonObject> containers)
    {
        if (containers.Count != 1)
            return "";
        var (tag, digest) = ImageReference.TagAndDigest(TemplateValue.Print(containers[0]["image"]));
        return FirstOf(tag, digest);
    }
}

internal static class ImageReference
{
    public static (string Tag, string Digest) TagAndDigest(string image)
    {
        var at = image.IndexOf('@');
        var (name, digest) = at < 0 ? (image, "") : (image[..at], image[(at + 1)..]);
        var colon = name.LastIndexOf(':');
        return (colon > name.LastIndexOf('/') ? name[(colon + 1)..] : "", digest);
    }
}
