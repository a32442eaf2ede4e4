using System.Text.Json.Nodes;
using CsCheck;

namespace SidecarInjector.Tests.Patching;

/// <summary>Random documents in which names and values repeat, so that lists hold duplicates and documents have much in common.</summary>
internal static class GeneratedJson
{
    private static readonly Gen<string> Names =
        Gen.OneOf("name", "key", "mountPath", "containerPort", "value", "", "a/b", "~", "~1", "é\"");

    private static readonly Gen<JsonNode?> Scalars = Gen.OneOf<JsonNode?>(
        Gen.Const((JsonNode?)null),
        Gen.Int[0, 4].Select(number => (JsonNode?)JsonValue.Create(number)),
        Gen.OneOf("1", "1.0", "1e0", "0.1").Select(number => JsonNode.Parse(number)),
        Gen.OneOf("", "a", "b", "1").Select(text => (JsonNode?)JsonValue.Create(text)),
        Gen.Bool.Select(flag => (JsonNode?)JsonValue.Create(flag)));

    private static readonly Gen<JsonNode?> Named =
        Gen.Select(Gen.OneOf("a", "b", "c", "d"), Gen.OneOf("v", "w"), Scalars).Select(
            (name, mount, value) => (JsonNode?)new JsonObject { ["name"] = name, ["mountPath"] = mount, ["value"] = value?.DeepClone() });

    public static Gen<JsonNode?> Documents { get; } = Gen.Recursive<JsonNode?>((depth, inner) => depth >= 4 ? Scalars : Gen.Frequency(
        (2, Scalars),
        (3, Objects(inner)),
        (3, inner.List[0, 6].Select(List)),
        (3, Named.List[0, 6].Select(List))));

    /// <summary>A document and the same one after a few changes anywhere inside.</summary>
    public static Gen<(JsonNode? Before, JsonNode? After)> Changed { get; } =
        Gen.Select(Documents, Gen.Select(Gen.Int[0, 50], Gen.Int[0, 5], Documents).List[1, 4]).Select((before, changes) =>
        {
            var after = before?.DeepClone();
            foreach (var (place, kind, value) in changes) after = Change(after, place, kind, value);
            return (before, after);
        });

    private static Gen<JsonNode?> Objects(Gen<JsonNode?> values) => Gen.Select(Names, values).List[0, 5].Select(members =>
    {
        var node = new JsonObject();
        foreach (var (name, value) in members) node[name] = value?.DeepClone();
        return (JsonNode?)node;
    });

    private static JsonNode? List(List<JsonNode?> items) => new JsonArray([.. items.Select(item => item?.DeepClone())]);

    private static JsonNode? Change(JsonNode? root, int place, int kind, JsonNode? value)
    {
        var containers = Containers(root).ToList();
        if (containers.Count == 0) return value?.DeepClone();

        switch (containers[place % containers.Count])
        {
            case JsonArray items:
                Change(items, place, kind, value?.DeepClone());
                break;
            case JsonObject members when kind == 0 && members.Count > 0:
                members.Remove(members.GetAt(place % members.Count).Key);
                break;
            case JsonObject members:
                members[kind % 2 == 0 ? "name" : "value"] = value?.DeepClone();
                break;
            default:
                break;
        }

        return root;
    }

    private static void Change(JsonArray items, int place, int kind, JsonNode? value)
    {
        if (kind == 0 || items.Count == 0)
        {
            items.Insert(place % (items.Count + 1), value);
            return;
        }

        var index = place % items.Count;
        var item = items[index];
        if (kind == 1) items[index] = value;
        else items.RemoveAt(index);
        if (kind >= 3) items.Insert(place * 7 % (items.Count + 1), item);
    }

    private static IEnumerable<JsonNode> Containers(JsonNode? node)
    {
        var children = node switch
        {
            JsonObject members => members.Select(member => member.Value),
            JsonArray items => items,
            _ => null,
        };

        return node is null || children is null ? [] : children.SelectMany(Containers).Prepend(node);
    }
}
