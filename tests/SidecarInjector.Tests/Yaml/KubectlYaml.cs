using System.Text.Json.Nodes;

namespace SidecarInjector.Tests.Yaml;

/// <summary>Asks kubectl, without a cluster, which JSON it reads from YAML.</summary>
internal static class KubectlYaml
{
    private const string Header = "apiVersion: example.com/v1\nkind: Example\nmetadata: {name: example}\n";

    /// <summary>What kubectl takes for the value of <c>spec</c>, given the text of that entry.</summary>
    public static async Task<JsonNode?> ReadSpecAsync(string entry)
        => JsonNode.Parse(await KubectlProcess.RunAsync(["annotate", "--local", "-f", "-", "read=yes", "-o", "json"], Header + entry))!["spec"];

    /// <summary>Key order does not count, and numbers are doubles: kubectl keeps integers above int64 as floats.</summary>
    public static JsonNode? Comparable(JsonNode? node) => node switch
    {
        JsonObject mapping => new JsonObject(mapping.Select(e => KeyValuePair.Create(e.Key, Comparable(e.Value)))),
        JsonArray sequence => new JsonArray([.. sequence.Select(Comparable)]),
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.Number =>
            JsonValue.Create(double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)),
        _ => node?.DeepClone(),
    };
}
