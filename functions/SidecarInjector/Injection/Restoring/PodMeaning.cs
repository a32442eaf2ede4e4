using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Injection.Restoring;

/// <summary>
/// A pod in one form, whoever wrote it: Go's types leave out what is empty or zero and rewrite quantities, an API server fills in defaults, JSON inside of
/// strings has no fixed order. Two pods of one form are the same to Kubernetes.
/// </summary>
internal static class PodMeaning
{
    private static readonly HashSet<(string Key, string Value)> Defaults =
    [
        ("protocol", "\"TCP\""), ("imagePullPolicy", "\"IfNotPresent\""), ("terminationMessagePath", "\"/dev/termination-log\""), ("terminationMessagePolicy", "\"File\""),
        ("scheme", "\"HTTP\""), ("periodSeconds", "10"), ("successThreshold", "1"), ("failureThreshold", "3"), ("timeoutSeconds", "1"),
        ("defaultMode", "420"), ("expirationSeconds", "3600"), ("apiVersion", "\"v1\""), ("dnsPolicy", "\"ClusterFirst\""), ("restartPolicy", "\"Always\""),
        ("schedulerName", "\"default-scheduler\""), ("terminationGracePeriodSeconds", "30"),
    ];

    private static readonly (string Suffix, decimal Factor)[] Units =
    [
        ("Ki", 1L << 10), ("Mi", 1L << 20), ("Gi", 1L << 30), ("Ti", 1L << 40), ("Pi", 1L << 50), ("n", 0.000000001m), ("u", 0.000001m), ("m", 0.001m), ("k", 1e3m), ("M", 1e6m),
        ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("", 1),
    ];

    public static bool IsSame(JsonNode? one, JsonNode? other) => JsonNode.DeepEquals(one, other) || JsonNode.DeepEquals(Of(one), Of(other));

    /// <summary>Null for what is nothing: an empty map, list or text, zero and false.</summary>
    private static JsonNode? Of(JsonNode? node, string key = "", bool isQuantity = false) => node switch
    {
        JsonObject map => NullIfEmpty(new JsonObject(map.Select(e => KeyValuePair.Create(e.Key, Of(e.Value, e.Key, key is "limits" or "requests" || e.Key == "divisor")))
            .Where(e => e.Value is not null && !Defaults.Contains((e.Key, e.Value.ToJsonString())) && e.Key != "creationTimestamp"))),
        JsonArray list => list.Count == 0 ? null : new JsonArray([.. list.Select(i => Of(i))]),
        JsonValue value => isQuantity ? Quantity(value.ToString()) : Of(value),
        _ => null,
    };

    private static JsonObject? NullIfEmpty(JsonObject map) => map.Count == 0 ? null : map;

    private static JsonNode? Of(JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.False => null,
        JsonValueKind.Number => value.ToJsonString() == "0" ? null : value.DeepClone(),
        JsonValueKind.String => Text(value.ToString()),
        _ => value.DeepClone(),
    };

    private static JsonNode? Text(string text)
    {
        if (text is not (['{', ..] or ['[', ..]))
            return text.Length == 0 ? null : JsonValue.Create(text);
        try
        {
            return Of(JsonText.Parse(text));
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static JsonValue Quantity(string text)
    {
        var (suffix, factor) = Units.First(u => text.EndsWith(u.Suffix, StringComparison.Ordinal));
        return decimal.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number < 1e12m ? JsonValue.Create((number * factor).ToString("0.#########", CultureInfo.InvariantCulture)) : JsonValue.Create(text);
    }
}
