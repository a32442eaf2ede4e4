using System.Text.Json.Nodes;

namespace SidecarInjector.Merging;

/// <summary>
/// The merge of a map that holds directives. The order is the library's: <c>$patch</c> decides alone; then <c>$retainKeys</c> clears
/// the target; <c>$deleteFromPrimitiveList</c> and <c>$setElementOrder</c> come with the lists that they name.
/// </summary>
internal static class DirectedMerge
{
    public static void MergeMap(JsonObject target, JsonObject overlay, MergeSchema schema)
    {
        var directive = PatchDirectiveReader.Read(overlay);
        if (directive is PatchDirective.Replace or PatchDirective.Delete)
        {
            target.Clear();
            if (directive is PatchDirective.Replace) OverlayCopy.AddMembers(target, overlay, schema);
            return;
        }

        if (overlay[PatchDirectives.RetainKeys] is { } retained) RetainKeys(target, overlay, retained);
        foreach (var (key, value) in overlay) ObeyListDirective(target, overlay, key, value, schema);
        for (var i = 0; i < overlay.Count; i++)
        {
            var key = overlay.GetAt(i).Key;
            var isOrdered = overlay.ContainsKey(PatchDirectives.SetElementOrder + key);
            if (!isOrdered && !PatchDirectives.IsDirective(key)) StrategicMerge.MergeMember(target, overlay, i, schema);
        }
    }

    private static void RetainKeys(JsonObject target, JsonObject overlay, JsonNode directive)
    {
        var retained = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in ListOf(directive, PatchDirectives.RetainKeys, overlay))
        {
            if (key is not JsonValue value || !value.TryGetValue<string>(out var name))
            {
                throw new MergeException(directive, "expected a list of names");
            }

            retained.Add(name);
        }

        foreach (var (key, value) in overlay)
        {
            if (value is null || PatchDirectives.IsDirective(key) || retained.Contains(key)) continue;

            throw new MergeException(overlay, $"'{key}' is given, so {PatchDirectives.RetainKeys} has to name it too");
        }

        foreach (var key in target.Select(member => member.Key).Where(key => !retained.Contains(key)).ToList()) target.Remove(key);
    }

    private static void ObeyListDirective(JsonObject target, JsonObject overlay, string key, JsonNode? value, MergeSchema schema)
    {
        if (!PatchDirectives.IsDirective(key) || key is PatchDirectives.Patch or PatchDirectives.RetainKeys) return;

        var list = ListOf(value, key, overlay);
        if (NameAfter(PatchDirectives.DeleteFromPrimitiveList, key) is { } shortened)
        {
            if (target[shortened] is JsonArray items) ListMerge.Delete(items, list);
        }
        else if (NameAfter(PatchDirectives.SetElementOrder, key) is { } ordered)
        {
            MergeOrdered(target, overlay, ordered, list, schema.Field(ordered));
        }
        else
        {
            throw new MergeException(overlay, $"expected '{key}' to go on with a slash and the name of a list");
        }
    }

    private static void MergeOrdered(JsonObject target, JsonObject overlay, string name, JsonArray order, MergeSchema schema)
    {
        if (!schema.MergesItems) throw new MergeException(order, "expected the name of a list that merges; this one is replaced whole");

        var items = overlay.TryGetPropertyValue(name, out var given) ? ListOf(given, name, overlay) : [];
        if (target[name] is JsonArray old) ListMerge.Merge(old, items, order, schema);
        else if (items.Count > 0) target[name] = NewList(items, order, schema);
    }

    private static JsonArray NewList(JsonArray items, JsonArray order, MergeSchema schema)
    {
        var list = new JsonArray();
        ListMerge.Merge(list, items, order, schema);
        return list;
    }

    private static string? NameAfter(string prefix, string key) =>
        key.StartsWith(prefix, StringComparison.Ordinal) ? key[prefix.Length..] : null;

    private static JsonArray ListOf(JsonNode? node, string key, JsonObject overlay) =>
        node as JsonArray ?? throw new MergeException(overlay, $"expected a list for '{key}', got {MergeException.Describe(node)}");
}
