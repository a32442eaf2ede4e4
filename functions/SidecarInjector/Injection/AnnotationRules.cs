using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SidecarInjector.Injection.Checks;

namespace SidecarInjector.Injection;

/// <summary>One annotation whose value is checked before a pod is injected. <see cref="Check"/> gives what is wrong with a value, or null.</summary>
internal sealed record AnnotationRule(string Name, string Allowed, Func<string, string?> Check);

/// <summary>The annotations that Istio's injector validates, by its rules. All mistakes of a pod are reported at once.</summary>
internal static partial class AnnotationRules
{
    private const string Traffic = "traffic.sidecar.istio.io/";

    public static IReadOnlyList<AnnotationRule> All { get; } =
    [
        new("sidecar.istio.io/interceptionMode", "REDIRECT, TPROXY or NONE", v => v is "REDIRECT" or "TPROXY" or "NONE" ? null : "interceptionMode"),
        new("status.sidecar.istio.io/port", "a port from 0 to 65535; 0 switches health checks off", v => IsPort(v) ? null : "statusPort"),
        new("readiness.status.sidecar.istio.io/initialDelaySeconds", "a whole number of seconds", v => IsWholeNumber(v) ? null
            : "readinessInitialDelaySeconds"),
        new("readiness.status.sidecar.istio.io/periodSeconds", "a whole number of seconds", v => IsWholeNumber(v) ? null : "readinessPeriodSeconds"),
        new("readiness.status.sidecar.istio.io/failureThreshold", "a whole number", v => IsWholeNumber(v) ? null : "readinessFailureThreshold"),
        new(Traffic + "includeOutboundIPRanges", "* or a comma list of CIDR blocks", v => v == "*" || AreBlocks(v) ? null : "includeIPRanges"),
        new(Traffic + "excludeOutboundIPRanges", "a comma list of CIDR blocks", v => AreBlocks(v) ? null : "excludeIPRanges"),
        new(Traffic + "includeInboundPorts", "* or a comma list of ports", v => v == "*" || ArePorts(v) ? null : "includeInboundPorts"),
        new(Traffic + "excludeInboundPorts", "a comma list of ports", v => ArePorts(v) ? null : "excludeInboundPorts"),
        new(Traffic + "excludeOutboundPorts", "a comma list of ports", v => ArePorts(v) ? null : "excludeOutboundPorts"),
        new(Traffic + "excludeInterfaces", Interfaces, v => AreInterfaces(v) ? null : "excludeInterfaces"),
        new(Traffic + "kubevirtInterfaces", Interfaces, v => AreInterfaces(v) ? null : "kubevirtInterfaces"),
        new("istio.io/reroute-virtual-interfaces", Interfaces, v => AreInterfaces(v) ? null : "reroute-virtual-interfaces"),
        new("prometheus.istio.io/merge-metrics", "true or false", v => GoText.ParseBool(v) is null ? "merge-metrics" : null),
        new("sidecar.istio.io/proxyCPU", QuantityText, v => Quantity.IsValid(v) ? null : "proxyCPU"),
        new("sidecar.istio.io/proxyMemory", QuantityText, v => Quantity.IsValid(v) ? null : "proxyMemory"),
        new("sidecar.istio.io/proxyCPULimit", QuantityText, v => Quantity.IsValid(v) ? null : "proxyCPULimit"),
        new("sidecar.istio.io/proxyMemoryLimit", QuantityText, v => Quantity.IsValid(v) ? null : "proxyMemoryLimit"),
        new(ProxyConfigs.Annotation, "a YAML map of proxy config fields", CheckProxyConfig),
    ];

    private const string Interfaces = "a comma list of network interfaces, each a letter and at most 14 more of a-z A-Z 0-9 _ . -";
    private const string QuantityText = "a Kubernetes quantity such as 100m, 0.5 or 128Mi";

    /// <exception cref="InjectionException">At least one value is not allowed; the message lists all, each with its annotation and what is allowed.</exception>
    public static void Check(JsonObject? annotations)
    {
        if (annotations is null)
            return;
        var mistakes = All.Select(rule => Mistake(rule, annotations)).OfType<string>().ToList();
        if (mistakes.Count > 0)
            throw new InjectionException(string.Join("; ", mistakes));
    }

    private static string? Mistake(AnnotationRule rule, JsonObject annotations)
        => annotations.Text(rule.Name) is { } value && rule.Check(value) is { } what
            ? $"invalid value '{Shorten(value)}' for annotation '{rule.Name}': {what}: expected {rule.Allowed}"
            : null;

    private static string Shorten(string value) => value.Length <= 100 ? value : $"{value[..100]}… ({value.Length} characters)";

    /// <summary>Go's ParseUint: digits alone.</summary>
    private static bool IsPort(string value) => ushort.TryParse(value.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static bool IsWholeNumber(string value) => uint.TryParse(value.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static bool ArePorts(string value) => value.Length == 0 || value.Split(',').All(IsPort);

    private static bool AreBlocks(string value) => value.Length == 0 || value.Split(',').All(IsBlock);

    /// <summary>An address and a prefix length; bits after the prefix may be set.</summary>
    private static bool IsBlock(string value)
    {
        var slash = value.IndexOf('/');
        if (slash < 0 || !IPAddress.TryParse(value.AsSpan(0, slash), out var address) || value.AsSpan(0, slash).ContainsAny('[', ']', '%'))
            return false;
        if (address.AddressFamily == AddressFamily.InterNetwork && !DottedQuad().IsMatch(value.AsSpan(0, slash)))
            return false;
        return byte.TryParse(value.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bits)
            && bits <= address.GetAddressBytes().Length * 8;
    }

    [GeneratedRegex(@"^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}\z")]
    private static partial Regex DottedQuad();

    private static bool AreInterfaces(string value) => value.Length == 0 || value.Split(',').All(v => InterfaceName().IsMatch(v.Trim()));

    [GeneratedRegex(@"^[a-zA-Z][a-zA-Z0-9_.\-]{0,14}\z")]
    private static partial Regex InterfaceName();

    private static string? CheckProxyConfig(string value)
    {
        try
        {
            return ProxyConfigCheck.Find(ProxyConfigs.Parse(value)) is { Count: > 0 } mistakes ? string.Join(", ", mistakes) : null;
        }
        catch (InjectionException e)
        {
            return e.Message;
        }
    }
}
