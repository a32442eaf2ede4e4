using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Injection.Checks;

namespace SidecarInjector.Auditing;

/// <summary>
/// What of an injected pod is not in the running one. What is only in the running one is the API server's (defaults, tokens' mounts) or somebody else's; quantities are
/// compared as numbers, since the API server writes 2000m as 2; items of lists are found by their keys, whatever their order.
/// </summary>
internal static class AuditComparison
{
    private static readonly string[] Keys = ["name", "mountPath", "containerPort", "devicePath", "ip", "topologyKey", "key", "path"];

    public static IReadOnlyList<AuditDifference> Between(JsonObject running, JsonObject wanted)
    {
        var differences = new List<AuditDifference>();
        foreach (var part in new[] { "metadata", "spec" })
            Compare(running[part], wanted[part], part, differences);
        return differences;
    }

    private static void Compare(JsonNode? running, JsonNode? wanted, string path, List<AuditDifference> differences)
    {
        switch (running, wanted)
        {
            case (_, null):
                break;
            case (JsonObject have, JsonObject want):
                foreach (var (key, value) in want)
                    Compare(have[key], value, Child(path, key), differences);
                break;
            // A pod without any labels lacks each of them.
            case (null, JsonObject want) when path is "metadata.labels" or "metadata.annotations":
                Compare(new JsonObject(), want, path, differences);
                break;
            case (JsonArray have, JsonArray want):
                CompareLists(have, want, path, differences);
                break;
            // An empty map or list that the API server has dropped.
            case (null, JsonObject { Count: 0 } or JsonArray { Count: 0 }):
                break;
            default:
                if (!(running is null && IsDropped(path, wanted)) && !AreEqual(running, wanted))
                    differences.Add(new AuditDifference(path, Shown(running), Shown(wanted)));
                break;
        }
    }

    private static string Child(string path, string key) => key.Contains('.') || key.Contains('/') ? $"{path}[{key}]" : $"{path}.{key}";

    private static void CompareLists(JsonArray have, JsonArray want, string path, List<AuditDifference> differences)
    {
        if (KeyOf(want) is { } key)
        {
            foreach (var item in want.Maps())
            {
                var name = item[key]!.ToString();
                Compare(have.Maps().FirstOrDefault(i => i[key]?.ToString() == name), item, $"{path}[{name}]", differences);
            }
            return;
        }
        if (have.Count != want.Count)
            differences.Add(new AuditDifference(path, Shown(have), Shown(want)));
        for (var i = 0; have.Count == want.Count && i < want.Count; i++)
            Compare(have[i], want[i], $"{path}[{i}]", differences);
    }

    /// <summary>What names the items of a list; null where they are told apart by their place alone.</summary>
    private static string? KeyOf(JsonArray list) => list.Count == 0 ? null
        : Keys.FirstOrDefault(k => list.All(i => i is JsonObject map && map[k] is JsonValue) && list.Select(i => i![k]!.ToString()).Distinct().Count() == list.Count);

    /// <summary>What the API server does not store, since it is what absence means: 0 and "" but for ids, and false where nothing else is the default.</summary>
    private static bool IsDropped(string path, JsonNode wanted) => wanted.ToJsonString() switch
    {
        "0" => !path.Contains(".runAs", StringComparison.Ordinal) && !path.EndsWith("Group", StringComparison.Ordinal),
        "\"\"" => true,
        "false" => path.EndsWith(".readOnly", StringComparison.Ordinal) || path.EndsWith(".stdin", StringComparison.Ordinal) || path.EndsWith(".tty", StringComparison.Ordinal)
            || path.StartsWith("spec.host", StringComparison.Ordinal),
        _ => false,
    };

    private static bool AreEqual(JsonNode? running, JsonNode wanted)
    {
        if (JsonNode.DeepEquals(running, wanted))
            return true;
        if (running is not JsonValue have || wanted is not JsonValue want)
            return false;
        return AreSameQuantity(have.ToString(), want.ToString()) || AreSameJson(have.ToString(), want.ToString());
    }

    private static bool AreSameQuantity(string have, string want)
        => Quantity.IsValid(have) && Quantity.IsValid(want) && Number(have) is { } number && Number(want) == number;

    private static decimal? Number(string quantity)
    {
        var number = quantity.TrimEnd('n', 'u', 'm', 'k', 'M', 'G', 'T', 'P', 'K', 'i');
        decimal? factor = quantity[number.Length..] switch
        {
            "" => 1m,
            "n" => 0.000000001m,
            "u" => 0.000001m,
            "m" => 0.001m,
            "k" => 1_000m,
            "M" => 1_000_000m,
            "G" => 1_000_000_000m,
            "T" => 1_000_000_000_000m,
            "P" => 1_000_000_000_000_000m,
            "Ki" => 1024m,
            "Mi" => 1_048_576m,
            "Gi" => 1_073_741_824m,
            "Ti" => 1_099_511_627_776m,
            _ => null,
        };
        return decimal.TryParse(number, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && Math.Abs(value) < 1_000_000_000_000m
            ? value * factor : null;
    }

    /// <summary>Annotations such as the status hold JSON, which others write with other spaces.</summary>
    private static bool AreSameJson(string have, string want)
    {
        if (!have.StartsWith('{') || !want.StartsWith('{'))
            return false;
        try
        {
            return JsonNode.DeepEquals(JsonText.Parse(have), JsonText.Parse(want));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? Shown(JsonNode? node)
    {
        var text = node is JsonValue value ? value.ToString() : node?.ToJsonString(JsonText.Compact);
        return text is { Length: > 100 } ? text[..100] + "…" : text;
    }
}
