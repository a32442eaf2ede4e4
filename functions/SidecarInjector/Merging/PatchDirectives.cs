using System.Text.Json.Nodes;

namespace SidecarInjector.Merging;

/// <summary>
/// The keys by which a strategic merge patch says how to merge. They are reserved everywhere in a patch, labels and annotations
/// included, so whoever takes text from a user has to look for them first.
/// </summary>
public static class PatchDirectives
{
    internal const string Patch = "$patch";
    internal const string RetainKeys = "$retainKeys";
    internal const string SetElementOrder = "$setElementOrder/";
    internal const string DeleteFromPrimitiveList = "$deleteFromPrimitiveList/";

    /// <summary>Whether the library of Kubernetes would take the key for a directive; it asks for the words, not for the slash.</summary>
    public static bool IsDirective(string key) =>
        key.StartsWith('$')
        && (key is Patch or RetainKeys
            || key.AsSpan().StartsWith(SetElementOrder.AsSpan(0, SetElementOrder.Length - 1), StringComparison.Ordinal)
            || key.AsSpan().StartsWith(DeleteFromPrimitiveList.AsSpan(0, DeleteFromPrimitiveList.Length - 1), StringComparison.Ordinal));

    /// <summary>The path of the first directive at any depth (<c>metadata.labels.$patch</c>), or null.</summary>
    public static string? Find(JsonNode? node) => node switch
    {
        JsonObject members => FindIn(members),
        JsonArray items => FindIn(items),
        _ => null,
    };

    internal static bool HasAny(JsonObject members)
    {
        for (var i = 0; i < members.Count; i++)
        {
            if (IsDirective(members.GetAt(i).Key)) return true;
        }

        return false;
    }

    private static string? FindIn(JsonObject members)
    {
        for (var i = 0; i < members.Count; i++)
        {
            var (key, value) = members.GetAt(i);
            if (IsDirective(key)) return members.GetPath() is "$" ? key : $"{MergeException.PathOf(members)}.{key}";
            if (Find(value) is { } found) return found;
        }

        return null;
    }

    private static string? FindIn(JsonArray items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (Find(items[i]) is { } found) return found;
        }

        return null;
    }
}
