using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Patching;

/// <summary>A JSON patch (RFC 6902) of add, remove and replace: what the API server is answered with.</summary>
public sealed class JsonPatch(IReadOnlyList<JsonPatchOperation> operations)
{
    public IReadOnlyList<JsonPatchOperation> Operations { get; } = operations;

    public bool IsEmpty => Operations.Count == 0;

    /// <summary>
    /// The operations that make <paramref name="after"/> of <paramref name="before"/> and touch nothing else; none if they are equal.
    /// Values are references into <paramref name="after"/>, so write the patch before changing it.
    /// </summary>
    public static JsonPatch Between(JsonNode? before, JsonNode? after) => new(JsonDifference.Between(before, after));

    /// <summary>Applies the patch to a copy of the document, with the checks of RFC 6902.</summary>
    /// <exception cref="JsonPatchException">A path leads nowhere, or an index lies outside its list.</exception>
    public JsonNode? ApplyTo(JsonNode? document)
    {
        var result = document?.DeepClone();
        foreach (var operation in Operations) result = JsonPatchApplication.Apply(operation, result);
        return result;
    }

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartArray();
        foreach (var operation in Operations) operation.WriteTo(writer);
        writer.WriteEndArray();
    }

    /// <exception cref="JsonPatchException">The node is not a list of add, remove and replace operations.</exception>
    public static JsonPatch Parse(JsonNode? patch) =>
        patch is JsonArray operations
            ? new JsonPatch([.. operations.Select(JsonPatchOperation.Parse)])
            : throw new JsonPatchException("A JSON patch has to be a list of operations.");
}
