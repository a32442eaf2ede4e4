using System.Text.Json.Nodes;

namespace SidecarInjector.Yaml.Editing;

/// <summary>What the anchors of a document mean while its text is being changed, from its start on. An anchor whose text is taken away means nothing.</summary>
internal sealed class Anchors
{
    private readonly Dictionary<string, JsonNode?> values = new(StringComparer.Ordinal);

    public void Set(string? anchor, JsonNode? value)
    {
        if (anchor is not null)
            values[anchor] = value;
    }

    public void Forget(SourceNode node)
    {
        foreach (var inner in node.All)
        {
            if (inner.Anchor is { } anchor)
                values.Remove(anchor);
        }
    }

    public bool Means(SourceAlias alias, JsonNode? value) => values.TryGetValue(alias.Name, out var known) && JsonNode.DeepEquals(known, value);

    /// <summary>The value of a node that stays as it is, and of the anchors inside.</summary>
    public JsonNode? Register(SourceNode node)
    {
        var value = node switch
        {
            SourceScalar scalar => YamlResolver.ToJson(scalar.Scalar),
            SourceAlias alias => values.GetValueOrDefault(alias.Name)?.DeepClone(),
            SourceSequence sequence => new JsonArray([.. sequence.Items.Select(i => Register(i.Value))]),
            SourceMapping mapping => Register(mapping),
            _ => null,
        };
        Set(node.Anchor, value);
        return value?.DeepClone();
    }

    /// <summary>What the merge keys of a mapping bring, and the keys that were written before a merge and so lose against it.</summary>
    public (JsonObject Merged, HashSet<string> Beaten) Merge(SourceMapping mapping)
    {
        var merged = new JsonObject();
        var beaten = new HashSet<string>(StringComparer.Ordinal);
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in mapping.Entries)
        {
            if (!entry.IsMerge)
            {
                written.Add(entry.Name);
                beaten.Remove(entry.Name);
                merged.Remove(entry.Name);
                continue;
            }

            foreach (var (name, value) in Sources(Register(entry.Value)).SelectMany(s => s))
            {
                merged[name] = value?.DeepClone();
                if (written.Contains(name))
                    beaten.Add(name);
            }
        }

        return (merged, beaten);
    }

    /// <summary>Of a list of mappings the earlier wins.</summary>
    private static IEnumerable<JsonObject> Sources(JsonNode? value)
        => value is JsonArray list ? list.OfType<JsonObject>().Reverse() : value is JsonObject map ? [map] : [];

    private JsonObject Register(SourceMapping mapping)
    {
        var value = new JsonObject();
        foreach (var entry in mapping.Entries)
        {
            Register(entry.Key);
            if (!entry.IsMerge)
                value[entry.Name] = Register(entry.Value);
            else
            {
                foreach (var (name, inner) in Sources(Register(entry.Value)).SelectMany(s => s))
                    value[name] = inner?.DeepClone();
            }
        }

        return value;
    }
}
