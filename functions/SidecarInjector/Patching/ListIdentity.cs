using System.Text.Json.Nodes;

namespace SidecarInjector.Patching;

/// <summary>By which member the objects of a list are told apart. A patch is right with any choice; a good one makes it small.</summary>
internal static class ListIdentity
{
    /// <summary>Kubernetes' usual keys. `name` stands first; several mounts of one volume are then told apart by `mountPath`.</summary>
    private static readonly string[] Candidates =
    [
        "name", "mountPath", "containerPort", "devicePath", "ip", "topologyKey", "uid", "key", "conditionType", "type", "path",
    ];

    /// <summary>The first key that all items have and no two of a list share; else the first that all have; else null.</summary>
    public static string? KeyOf(ListWindow before, ListWindow after)
    {
        string? shared = null;
        foreach (var key in Candidates)
        {
            if (!AllHave(before, key) || !AllHave(after, key)) continue;
            if (AreDistinct(before, key) && AreDistinct(after, key)) return key;

            shared ??= key;
        }

        return shared;
    }

    public static JsonScalar Of(JsonNode? item, string key) =>
        item is JsonObject members && JsonScalar.TryFrom(members[key], out var identity) ? identity : default;

    private static bool AllHave(ListWindow items, string key)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is not JsonObject members || members[key] is not JsonValue) return false;
        }

        return true;
    }

    private static bool AreDistinct(ListWindow items, string key)
    {
        if (items.Count == 1) return true;

        var seen = new HashSet<JsonScalar>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            if (!seen.Add(Of(items[i], key))) return false;
        }

        return true;
    }
}
