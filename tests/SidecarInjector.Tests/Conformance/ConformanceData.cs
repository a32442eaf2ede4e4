using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace SidecarInjector.Tests.Conformance;

/// <summary>A theory over Istio's own results. It is skipped, and says so, where the data are absent.</summary>
public sealed class NeedsConformanceTheoryAttribute : TheoryAttribute
{
    public NeedsConformanceTheoryAttribute()
    {
        if (!Directory.Exists(ConformanceData.Folder))
            Skip = $"There are no conformance data at {ConformanceData.Folder}; set ISTIO_CONFORMANCE to their folder.";
    }
}

/// <summary>What Istio's injector does to real workloads, in a folder outside of the repository.</summary>
internal static class ConformanceData
{
    public static string Folder { get; } = Path.GetFullPath(
        Environment.GetEnvironmentVariable("ISTIO_CONFORMANCE") ?? Path.Combine(CaseFolder.Root, "../../../../shared/istio-conformance"));

    public static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(Folder, file)))!;

    public static IEnumerable<object[]> Vectors(string name)
        => Directory.Exists(Folder) ? Read("unit-vectors.json")[name]!.AsArray().Select(v => new object[] { v!.ToJsonString() }) : [];

    /// <summary>Makes documents comparable: quantities in one form, JSON inside of strings read, what is empty or a default left out.</summary>
    public static JsonNode? Normal(JsonNode? node, string path = "")
    {
        switch (node)
        {
            case JsonArray list:
                return new JsonArray([.. list.Select(i => Normal(i, path + "[]"))]);
            case JsonObject map:
                var members = map.Where(e => e.Key != "creationTimestamp" && !(e.Key == "status" && map.ContainsKey("kind")))
                    .Select(e => KeyValuePair.Create(e.Key, Normal(Inner(map, e.Key, e.Value), $"{path}.{e.Key}")))
                        .Where(e => !IsNothing(e.Key, e.Value)).OrderBy(e => e.Key, StringComparer.Ordinal);
                return new JsonObject(members);
            default:
                return path.Contains("resources.limits.", StringComparison.Ordinal)
                    || path.Contains("resources.requests.", StringComparison.Ordinal) || path.EndsWith(".divisor", StringComparison.Ordinal)
                    ? Quantity(node!.ToString()) : node?.DeepClone();
        }
    }

    private static JsonNode? Inner(JsonObject map, string key, JsonNode? value)
    {
        var holdsJson = key is "proxy.istio.io/overrides" or "sidecar.istio.io/status"
            || (key == "value" && map["name"]?.ToString() is "PROXY_CONFIG" or "ISTIO_KUBE_APP_PROBERS" or "ISTIO_PROMETHEUS_ANNOTATIONS" or "ISTIO_META_POD_PORTS");
        try
        {
            return holdsJson ? JsonNode.Parse(value!.ToString()) : value;
        }
        catch (JsonException)
        {
            return value;
        }
    }

    private static bool IsNothing(string key, JsonNode? value) => value switch
    {
        null or JsonObject { Count: 0 } or JsonArray { Count: 0 } => true,
        JsonValue scalar => scalar.ToJsonString() is "\"\"" || (scalar.ToJsonString() == "0" && key is not ("runAsUser" or "runAsGroup" or "replicas")),
        _ => false,
    };

    private static JsonValue Quantity(string text)
    {
        (string Suffix, decimal Factor)[] units = [("Ki", 1024m), ("Mi", 1048576m), ("Gi", 1073741824m), ("m", 0.001m), ("k", 1000m),
            ("M", 1000000m), ("", 1m)];
        var (suffix, factor) = units.First(u => text.EndsWith(u.Suffix, StringComparison.Ordinal));
        var number = decimal.Parse(text.AsSpan(0, text.Length - suffix.Length), System.Globalization.CultureInfo.InvariantCulture) * factor;
        return JsonValue.Create(number.ToString("0.#####", System.Globalization.CultureInfo.InvariantCulture));
    }
}
