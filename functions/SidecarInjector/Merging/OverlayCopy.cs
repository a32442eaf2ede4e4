using System.Text.Json.Nodes;

namespace SidecarInjector.Merging;

/// <summary>
/// What the overlay adds: without nulls, which mean absence, and with its directives obeyed and removed. Where there is
/// nothing to merge with, <c>$patch: delete</c> gives nothing and the other directives have nothing to do.
/// </summary>
internal static class OverlayCopy
{
    /// <summary>Moves a member out of the overlay, or copies it where something in it has to be left out.</summary>
    public static JsonNode? Take(JsonObject overlay, int index, MergeSchema schema)
    {
        var value = overlay.GetAt(index).Value;
        if (!IsPlain(value)) return Of(value, schema);

        overlay.SetAt(index, null);
        return value;
    }

    /// <summary>Moves an item out of the overlay's list, or copies it where something in it has to be left out.</summary>
    public static JsonNode? Take(JsonArray overlay, int index, MergeSchema schema)
    {
        var item = overlay[index];
        if (!IsPlain(item)) return Of(item, schema);

        overlay[index] = null;
        return item;
    }

    private static bool IsPlain(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                for (var i = 0; i < members.Count; i++)
                {
                    var (key, value) = members.GetAt(i);
                    if (PatchDirectives.IsDirective(key) || !IsPlain(value)) return false;
                }

                return true;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    if (!IsPlain(items[i])) return false;
                }

                return true;
            default:
                return node is not null;
        }
    }

    public static JsonNode? Of(JsonNode? node, MergeSchema schema) => node switch
    {
        JsonObject members => Of(members, schema),
        JsonArray items => Of(items, schema),
        _ => node?.DeepClone(),
    };

    public static JsonObject? Of(JsonObject members, MergeSchema schema)
    {
        if (PatchDirectiveReader.Read(members) is PatchDirective.Delete) return null;

        var copy = new JsonObject();
        AddMembers(copy, members, schema);
        return copy;
    }

    public static void AddMembers(JsonObject target, JsonObject members, MergeSchema schema)
    {
        foreach (var (name, value) in members)
        {
            if (value is null || PatchDirectives.IsDirective(name)) continue;
            if (Of(value, schema.Field(name)) is { } copy) target.Add(name, copy);
        }
    }

    private static JsonArray Of(JsonArray items, MergeSchema schema)
    {
        var copy = new JsonArray();
        foreach (var item in items)
        {
            if (item is JsonObject members && IsInstruction(members, schema)) continue;
            if (Of(item, schema) is { } taken) copy.Add(taken);
        }

        return copy;
    }

    /// <summary>An item that is no item: <c>$patch: replace</c> speaks of the list, <c>$patch: delete</c> of another item.</summary>
    private static bool IsInstruction(JsonObject item, MergeSchema schema)
    {
        var directive = PatchDirectiveReader.Read(item);
        if (directive is PatchDirective.Delete && !schema.MergesItems)
        {
            throw new MergeException(item, $"{PatchDirectives.Patch}: delete needs a list whose items merge; this list is replaced whole");
        }

        return directive is not PatchDirective.Merge;
    }
}
