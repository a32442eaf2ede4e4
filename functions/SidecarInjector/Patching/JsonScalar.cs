using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Patching;

/// <summary>A string, number or boolean as a dictionary key. The number 80 and the string "80" are different.</summary>
internal readonly record struct JsonScalar(JsonValueKind Kind, string Text)
{
    public static bool TryFrom([NotNullWhen(true)] JsonNode? node, out JsonScalar scalar)
    {
        scalar = default;
        if (node is not JsonValue value) return false;

        scalar = new JsonScalar(value.GetValueKind(), value.ToString());
        return true;
    }
}
