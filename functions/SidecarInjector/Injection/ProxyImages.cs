using System.Text.Json.Nodes;
using SidecarInjector.Templates;

namespace SidecarInjector.Injection;

/// <summary>
/// Which image the proxy and its init container have, from the values' hub, tag, names and variant, the proxy config, and the pod's
/// annotation.
/// </summary>
internal static class ProxyImages
{
    private const string TypeAnnotation = "sidecar.istio.io/proxyImageType";

    public static string Proxy(JsonObject values, JsonObject proxyConfig, JsonObject? annotations)
        => Url(values, "proxy", FirstOf(annotations.Text(TypeAnnotation), proxyConfig.Map("image").Text("imageType"), Variant(values)));

    public static string Init(JsonObject values, JsonObject? annotations)
        => Url(values, "proxy_init", FirstOf(annotations.Text(TypeAnnotation), Variant(values)));

    private static string Variant(JsonObject values) => values.Map("global").Text("variant") ?? "";

    private static string FirstOf(params ReadOnlySpan<string?> values)
    {
        foreach (var value in values)
        {
            if (!string.IsNullOrEmpty(value))
                return value;
        }
        return "";
    }

    private static string Url(JsonObject values, string section, string type)
    {
        var global = values.Map("global");
        var name = FirstOf(global.Map(section).Text("image"), "proxyv2");
        // A tag may be a number in the values: 11 or 1.12.
        var tag = WithType(TemplateValue.Print(TemplateValue.From(global?["tag"])), type);
        return $"{global.Text("hub")}/{name}{(tag.Length > 0 ? ":" + tag : "")}";
    }

    /// <summary>A known suffix gives way to the type; the type <c>default</c> has no suffix.</summary>
    private static string WithType(string tag, string type)
    {
        if (type.Length == 0)
            return tag;
        foreach (var suffix in (ReadOnlySpan<string>)["-distroless", "-debug"])
        {
            if (tag.EndsWith(suffix, StringComparison.Ordinal))
                tag = tag[..^suffix.Length];
        }
        return type == "default" ? tag : $"{tag}-{type}";
    }
}
