using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Patching;

/// <summary>A node as a dictionary key: equal where <see cref="JsonNode.DeepEquals"/> says so, JSON null included.</summary>
internal readonly record struct JsonContent(JsonNode? Node)
{
    public bool Equals(JsonContent other) => JsonNode.DeepEquals(Node, other.Node);

    public override int GetHashCode() => Hash(Node);

    private static int Hash(JsonNode? node) => node switch
    {
        JsonObject members => Hash(members),
        JsonArray items => Hash(items),
        JsonValue value => Hash(value),
        _ => 0,
    };

    private static int Hash(JsonObject members)
    {
        // A sum, since the order of members does not count.
        var hash = 1;
        foreach (var (name, value) in members) hash = unchecked(hash + HashCode.Combine(name, Hash(value)));
        return hash;
    }

    private static int Hash(JsonArray items)
    {
        var hash = new HashCode();
        foreach (var item in items) hash.Add(Hash(item));
        return hash.ToHashCode();
    }

    private static int Hash(JsonValue value)
    {
        if (value.GetValueKind() != JsonValueKind.Number) return value.ToString().GetHashCode(StringComparison.Ordinal);

        // 1, 1.0 and 1e0 are equal, so they need one hash.
        return double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number.GetHashCode()
            : 0;
    }
}
