using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SidecarInjector.Injection;

/// <summary>
/// Checks the fields of a proxy config that a pod's annotation brings, by the rules of Istio's validation: known names, types, and values
/// that the proxy can use.
/// </summary>
internal static partial class ProxyConfigCheck
{
    /// <summary>Every mistake, as <c>field: what is expected</c>; empty for a usable config.</summary>
    public static IReadOnlyList<string> Find(JsonObject config)
        => [.. config.SelectMany(f => CheckField(ProxyConfigFields.CamelCase(f.Key), f.Key, f.Value))];

    private static IEnumerable<string> CheckField(string name, string written, JsonNode? value)
    {
        if (!ProxyConfigFields.All.TryGetValue(name, out var type))
            return [$"the field {written} is not known"];
        if (value is null)
            return [];
        if (!Fits(type, value))
            return [$"{written} must be {Described(type)}"];
        return name == "tracing" ? CheckTracing((JsonObject)value) : CheckValue(name, written, value) is { } mistake ? [mistake] : [];
    }

    private static string? CheckValue(string name, string written, JsonNode value) => name switch
    {
        "configPath" or "binaryPath" or "serviceCluster" when value.ToString().Length == 0 => $"{written} must not be empty",
        "drainDuration" or "terminationDrainDuration" when Seconds(value) is not (> 0 and <= 31_536_000) => $"{written} must be longer than 0s",
        "discoveryAddress" or "statsdUdpAddress" or "zipkinAddress" or "envoyMetricsServiceAddress" when !IsAddress(value.ToString())
            => $"{written} must be host:port",
        "envoyAccessLogService" or "envoyMetricsService" when (value as JsonObject).Text("address") is { } address && !IsAddress(address)
            => $"{written}.address must be host:port",
        "proxyAdminPort" or "statusPort" when !IsPort(value.ToString()) => $"{written} must be a port from 1 to 65535",
        "controlPlaneAuthPolicy" when value.ToString() is not ("NONE" or "MUTUAL_TLS") => $"{written} must be NONE or MUTUAL_TLS",
        "interceptionMode" when value.ToString() is not ("REDIRECT" or "TPROXY" or "NONE") => $"{written} must be REDIRECT, TPROXY or NONE",
        "proxyMetadata" or "runtimeValues" when ((JsonObject)value).Any(e => e.Value is not JsonValue) => $"{written} must be a map of texts",
        _ => null,
    };

    private static IEnumerable<string> CheckTracing(JsonObject tracing)
    {
        foreach (var tracer in new[] { "zipkin", "lightstep", "datadog" })
        {
            if (tracing.Map(tracer) is { } settings && !IsAddress(settings.Text("address") ?? ""))
                yield return $"tracing.{tracer}.address must be host:port";
        }
        if (tracing.Map("lightstep") is { } lightstep && string.IsNullOrEmpty(lightstep.Text("accessToken")))
            yield return "tracing.lightstep.accessToken must not be empty";
        if (tracing["sampling"] is JsonValue sampling
            && (!double.TryParse(sampling.ToString(), CultureInfo.InvariantCulture, out var percent) || percent is < 0 or > 100))
            yield return "tracing.sampling must be a number from 0 to 100";
    }

    private static bool Fits(ProxyConfigType type, JsonNode value) => (type, value.GetValueKind()) switch
    {
        (ProxyConfigType.Text, JsonValueKind.String) => true,
        (ProxyConfigType.Integer, JsonValueKind.Number) => value.ToJsonString().All(char.IsAsciiDigit),
        (ProxyConfigType.Integer, JsonValueKind.String) => value.ToString() is { Length: > 0 } digits && digits.All(char.IsAsciiDigit),
        (ProxyConfigType.Flag, JsonValueKind.True or JsonValueKind.False) => true,
        (ProxyConfigType.Duration, JsonValueKind.String) => DurationText().IsMatch(value.ToString()),
        (ProxyConfigType.Map, JsonValueKind.Object) => true,
        (ProxyConfigType.List, JsonValueKind.Array) => true,
        _ => false,
    };

    private static string Described(ProxyConfigType type) => type switch
    {
        ProxyConfigType.Text => "a text",
        ProxyConfigType.Integer => "a whole number",
        ProxyConfigType.Flag => "true or false",
        ProxyConfigType.Duration => "a duration in seconds such as 45s",
        ProxyConfigType.Map => "a map",
        _ => "a list",
    };

    private static decimal Seconds(JsonNode duration)
        => decimal.TryParse(duration.ToString().TrimEnd('s'), CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;

    /// <summary>A name or an address, in brackets if it has colons, and a port.</summary>
    private static bool IsAddress(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && IsPort(text[(colon + 1)..]) && HostText().IsMatch(text.AsSpan(0, colon));
    }

    private static bool IsPort(string text) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0;

    [GeneratedRegex(@"^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_$()]([A-Za-z0-9_.$()-]{0,252}[A-Za-z0-9_$()])?)\z")]
    private static partial Regex HostText();

    [GeneratedRegex(@"^-?[0-9]{1,12}(\.[0-9]{1,9})?s\z")]
    private static partial Regex DurationText();
}
