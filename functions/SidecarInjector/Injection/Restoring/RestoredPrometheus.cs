using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Injection.Steps;

namespace SidecarInjector.Injection.Restoring;

/// <summary>Gives a pod its own scrape annotations back, which the agent knows from an environment variable; without one the pod had none.</summary>
internal static class RestoredPrometheus
{
    public static void Apply(JsonObject annotations, JsonObject? proxy, long agentPort)
    {
        if (PrometheusAnnotations.Read(annotations).Port != agentPort.ToString(CultureInfo.InvariantCulture))
            return;
        var known = Read(proxy.List("env").Named(PrometheusMerge.Variable).Text("value"));
        Set(annotations, "prometheus.io/scrape", known.Text("scrape"));
        Set(annotations, "prometheus.io/path", known.List("targets") is null ? known.Text("path") : null);
        Set(annotations, "prometheus.io/port", known.List("targets") is null ? known.Text("port") : null);
        if (known.List("targets") is { } targets)
            annotations["prometheus.istio.io/scrape-targets"] = string.Join(',', targets.Maps().Select(t => $"{t.Text("port")}:{t.Text("path")}"));
    }

    private static void Set(JsonObject annotations, string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
            annotations.Remove(name);
        else
            annotations[name] = value;
    }

    private static JsonObject? Read(string? value)
    {
        try
        {
            return value is null ? null : JsonText.Parse(value) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
