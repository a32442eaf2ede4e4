using System.Text.Json.Nodes;

namespace SidecarInjector.Merging;

/// <summary>
/// A copy of what the overlay adds: without nulls, which mean absence, and with its directives obeyed and removed. Where there is
/// nothing to merge with, <c>$patch: delete</c> gives nothing and the other directives have nothing to do.
/// </summary>
internal static class OverlayCopy
{
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
