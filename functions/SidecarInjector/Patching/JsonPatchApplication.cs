using System.Globalization;
using System.Text.Json.Nodes;

namespace SidecarInjector.Patching;

/// <summary>Applies one operation as RFC 6902, section 4, says. The document is changed in place; its root may be exchanged.</summary>
internal static class JsonPatchApplication
{
    public static JsonNode? Apply(JsonPatchOperation operation, JsonNode? document)
    {
        var names = JsonPointer.Parse(operation.Path);
        var value = operation.Kind == JsonPatchOperationKind.Remove ? null : operation.Value?.DeepClone();
        if (names.Count == 0) return value;

        switch (Find(document, names, operation))
        {
            case JsonObject parent:
                ApplyTo(parent, names[^1], value, operation);
                break;
            case JsonArray parent:
                ApplyTo(parent, names[^1], value, operation);
                break;
            default:
                throw Misfit(operation, "its parent is neither an object nor a list");
        }

        return document;
    }

    private static JsonNode? Find(JsonNode? document, IReadOnlyList<string> names, JsonPatchOperation operation)
    {
        var node = document;
        for (var i = 0; i < names.Count - 1; i++)
        {
            node = node switch
            {
                JsonObject parent when parent.TryGetPropertyValue(names[i], out var child) => child,
                JsonArray parent => parent[IndexOf(names[i], parent.Count - 1, operation)],
                _ => throw Misfit(operation, $"there is no '{names[i]}' on the way"),
            };
        }

        return node;
    }

    private static void ApplyTo(JsonObject parent, string name, JsonNode? value, JsonPatchOperation operation)
    {
        if (operation.Kind != JsonPatchOperationKind.Add && !parent.ContainsKey(name)) throw Misfit(operation, "there is no such member");

        if (operation.Kind == JsonPatchOperationKind.Remove) parent.Remove(name);
        else parent[name] = value;
    }

    private static void ApplyTo(JsonArray parent, string name, JsonNode? value, JsonPatchOperation operation)
    {
        switch (operation.Kind)
        {
            case JsonPatchOperationKind.Add:
                parent.Insert(name == "-" ? parent.Count : IndexOf(name, parent.Count, operation), value);
                break;
            case JsonPatchOperationKind.Remove:
                parent.RemoveAt(IndexOf(name, parent.Count - 1, operation));
                break;
            default:
                parent[IndexOf(name, parent.Count - 1, operation)] = value;
                break;
        }
    }

    private static int IndexOf(string name, int highest, JsonPatchOperation operation)
    {
        var canonical = name == "0" || (name.Length > 0 && name[0] != '0');
        return canonical && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= highest
            ? index
            : throw Misfit(operation, $"'{name}' is not an index of the list");
    }

    private static JsonPatchException Misfit(JsonPatchOperation operation, string reason) =>
        new($"The patch does not fit the document: {operation.Kind} of '{operation.Path}', but {reason}.");
}
