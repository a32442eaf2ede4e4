using System.Globalization;
using System.Text.Json.Nodes;

namespace SidecarInjector.Injection.Steps;

/// <summary>
/// Lets Prometheus scrape the agent, which passes on the application's metrics and the proxy's: the pod's own scrape settings go to the agent in an
/// environment variable, and the annotations point to the agent. Only for bundles with a mesh config.
/// </summary>
internal static class PrometheusMerge
{
    public const string Variable = "ISTIO_PROMETHEUS_ANNOTATIONS";

    private const string DefaultPath = "/metrics";

    private static readonly HashSet<int> Reserved = [15000, 15001, 15004, 15006, 15008, 15020, 15021, 15053, 15090];

    public static void Apply(InjectionContext context)
    {
        var annotations = PrometheusAnnotations.Read(context.Pod.Map("metadata").Map("annotations"));
        if (IsWanted(context, annotations) && annotations.Port != Text(context.AgentPort))
            Merge(context, annotations);
        SetSecurePort(context, annotations);
    }

    private static bool IsWanted(InjectionContext context, PrometheusAnnotations annotations)
    {
        if (context.Bundle.Mesh is not { } mesh || GoText.ParseBool(annotations.Scrape) == false)
            return false;
        return GoText.ParseBool(context.Pod.Map("metadata").Map("annotations").Text("prometheus.istio.io/merge-metrics"))
            ?? mesh.Flag("enablePrometheusMerge") ?? true;
    }

    private static void Merge(InjectionContext context, PrometheusAnnotations found)
    {
        var targets = ParseTargets(found.Targets, context.Warnings);
        if (targets.Count > 0)
        {
            found = found with { Port = targets[0].Port, Path = targets[0].Path };
            foreach (var target in targets)
                CheckPort(context, target.Port, $"target port {target.Port}");
        }
        else if (found.Port.Length > 0)
            CheckPort(context, found.Port, $"port {found.Port}");
        if (context.Proxy is { } proxy && (found is not { Scrape: "", Port: "", Path: "" } || targets.Count > 0))
            InjectionContext.SetEnvironment(proxy, Variable, ToJson(found, targets));
        PrometheusAnnotations.Remove(context.Annotations);
        context.Annotations["prometheus.io/port"] = Text(context.AgentPort);
        context.Annotations["prometheus.io/path"] = "/stats/prometheus";
        context.Annotations["prometheus.io/scrape"] = "true";
    }

    /// <summary><c>port[:path]</c> in a comma list; one without a port makes the whole list count for nothing.</summary>
    internal static List<(string Port, string Path)> ParseTargets(string? text, List<string> warnings)
    {
        var targets = new List<(string, string)>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = part.IndexOf(':');
            var (port, path) = colon < 0 ? (part, "") : (part[..colon].Trim(), part[(colon + 1)..].Trim());
            if (port.Length == 0)
            {
                warnings.Add($"the annotation prometheus.istio.io/scrape-targets is ignored: '{part}' has no port; expected port[:path]");
                return [];
            }
            targets.Add((port, path.Length == 0 ? DefaultPath : path));
        }
        return targets;
    }

    private static void CheckPort(InjectionContext context, string text, string what)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            throw new InjectionException($"Prometheus {what}: expected a port from 1 to 65535");
        if (port == context.AgentPort || Reserved.Contains(port))
            throw new InjectionException($"Prometheus {what}: the port is the proxy's own (reserved: {string.Join(", ", Reserved.Order())}); scraping it would loop");
    }

    private static string ToJson(PrometheusAnnotations found, List<(string Port, string Path)> targets)
    {
        var json = new JsonObject { ["scrape"] = found.Scrape, ["path"] = found.Path, ["port"] = found.Port };
        if (targets.Count > 0)
            json["targets"] = new JsonArray([.. targets.Select(t => new JsonObject { ["port"] = t.Port, ["path"] = t.Path })]);
        return json.ToJsonString(JsonText.Compact);
    }

    private static void SetSecurePort(InjectionContext context, PrometheusAnnotations annotations)
    {
        if (annotations.HasSecurePort || context.Proxy is not { } proxy)
            return;
        if (proxy.List("env").Named("ENVOY_SECURE_MERGED_METRICS_PORT").Text("value") is { } port and not ("" or "0"))
            context.Annotations["prometheus.istio.io/secure-port"] = port;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
