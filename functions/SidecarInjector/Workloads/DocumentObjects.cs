using System.Text.Json.Nodes;
using SidecarInjector.Yaml;

namespace SidecarInjector.Workloads;

/// <summary>The objects of a document: the document itself, or those of a <c>v1</c> List, each counted for itself; lists in lists are walked.</summary>
public static class DocumentObjects
{
    public static IEnumerable<JsonObject> In(JsonObject item)
        => item.Text("kind") == "List" && item.Text("apiVersion") == "v1" ? item.List("items").Maps().SelectMany(In) : [item];

    /// <summary>The lines in which the objects start, in the order of <see cref="In(JsonObject)"/>.</summary>
    public static IEnumerable<int> Lines(YamlMapping root)
        => Text(root, "kind") == "List" && Text(root, "apiVersion") == "v1"
            ? ((Value(root, "items") as YamlSequence)?.Items ?? []).OfType<YamlMapping>().SelectMany(Lines) : [root.Position.Line];

    /// <summary>The objects of a document with their lines, by what it means and how it stands in the text.</summary>
    public static IEnumerable<(JsonObject Item, int Line)> In(JsonObject item, YamlMapping root) => In(item).Zip(Lines(root));

    private static string? Text(YamlMapping map, string key) => (Value(map, key) as YamlScalar)?.Text;

    private static YamlNode? Value(YamlMapping map, string key) => map.Entries.FirstOrDefault(e => e.Key.Text == key)?.Value;
}
