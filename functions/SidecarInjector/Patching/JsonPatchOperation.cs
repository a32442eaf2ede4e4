using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Patching;

/// <summary>The operations of RFC 6902 that a difference of two documents needs.</summary>
public enum JsonPatchOperationKind
{
    Add,
    Remove,
    Replace,
}

/// <summary>One operation of a patch. <c>Value</c> is JSON null, or unused, where it is null here.</summary>
public sealed record JsonPatchOperation(JsonPatchOperationKind Kind, string Path, JsonNode? Value)
{
    internal void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("op"u8, NameOf(Kind));
        writer.WriteString("path"u8, Path);
        if (Kind != JsonPatchOperationKind.Remove) WriteValueTo(writer);
        writer.WriteEndObject();
    }

    internal static JsonPatchOperation Parse(JsonNode? node)
    {
        if (node is not JsonObject operation) throw new JsonPatchException("Every operation of a JSON patch has to be an object.");

        var kind = KindOf(TextOf(operation, "op"));
        if (!operation.TryGetPropertyValue("value", out var value) && kind != JsonPatchOperationKind.Remove)
        {
            throw new JsonPatchException($"The operation '{NameOf(kind)}' of a JSON patch needs a 'value'.");
        }

        return new JsonPatchOperation(kind, TextOf(operation, "path"), value);
    }

    private void WriteValueTo(Utf8JsonWriter writer)
    {
        writer.WritePropertyName("value"u8);
        if (Value is null) writer.WriteNullValue();
        else Value.WriteTo(writer);
    }

    private static string TextOf(JsonObject operation, string key) =>
        operation[key] is JsonValue value && value.TryGetValue<string>(out var text)
            ? text
            : throw new JsonPatchException($"An operation of a JSON patch needs '{key}' as a string.");

    private static string NameOf(JsonPatchOperationKind kind) => kind switch
    {
        JsonPatchOperationKind.Add => "add",
        JsonPatchOperationKind.Remove => "remove",
        _ => "replace",
    };

    private static JsonPatchOperationKind KindOf(string name) => name switch
    {
        "add" => JsonPatchOperationKind.Add,
        "remove" => JsonPatchOperationKind.Remove,
        "replace" => JsonPatchOperationKind.Replace,
        _ => throw new JsonPatchException($"The operation '{name}' is not one of add, remove and replace."),
    };
}
