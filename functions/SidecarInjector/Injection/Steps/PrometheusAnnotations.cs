using System.Text.Json.Nodes;

namespace SidecarInjector.Injection.Steps;

/// <summary>
/// The pod's Prometheus annotations, in any of their spellings: <c>prometheus.io/port</c>, <c>prometheus-io/port</c> and
/// <c>prometheus.io.port</c> are one.
/// </summary>
internal sealed record PrometheusAnnotations(string Scrape, string Port, string Path, string? Targets, bool HasSecurePort)
{
    public static PrometheusAnnotations Read(JsonObject? annotations)
    {
        var found = new PrometheusAnnotations("", "", "", null, false);
        foreach (var (key, _) in annotations ?? [])
        {
            var value = annotations.Text(key) ?? "";
            found = Canonical(key) switch
            {
                "prometheus_io_scrape" => found with { Scrape = value },
                "prometheus_io_port" => found with { Port = value },
                "prometheus_io_path" => found with { Path = value },
                "prometheus_istio_io_scrape_targets" => found with { Targets = value },
                "prometheus_istio_io_secure_port" => found with { HasSecurePort = true },
                _ => found,
            };
        }
        return found;
    }

    /// <summary>Removes every spelling of scrape, port, path and targets.</summary>
    public static void Remove(JsonObject annotations)
    {
        foreach (var key in annotations.Select(a => a.Key).Where(IsMerged).ToList())
            annotations.Remove(key);
    }

    /// <summary>Whether a key is a spelling of one of them.</summary>
    public static bool IsMerged(string key)
        => Canonical(key) is "prometheus_io_scrape" or "prometheus_io_port" or "prometheus_io_path" or "prometheus_istio_io_scrape_targets";

    /// <summary>Prometheus itself turns every other character of a label's name into an underscore.</summary>
    private static string Canonical(string key)
        => key.StartsWith("prometheus", StringComparison.Ordinal) ? string.Create(key.Length, key, static (target, source) =>
        {
            for (var i = 0; i < source.Length; i++)
                target[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '_';
        }) : "";
}
