using System.Text.Json.Nodes;
using CsCheck;

namespace SidecarInjector.Tests.Yaml;

/// <summary>Generates JSON with strings and keys that YAML readers and writers stumble over.</summary>
internal static class JsonGen
{
    private static readonly Gen<string> Fragment = Gen.OneOf(
        Gen.OneOf(
            "a", "B", "é", "😀", "\uE000", "\uE0FF", " ", "  ", "\t", "\n", "\n\n", "\r", "\r\n", "\0", "\u001B", "\u007F",
            "\u0085", "\u00A0", "\u2028", "\u2029", "\uFEFF", "\uFFFE", "\uFFFF", "#", " #", ":", ": ", "-", "- ", "---", "\n---\n",
            "...", "?", "? ", "!", "!!str ", "&", "*", "|", ">", "%", "@", "`", "'", "\"", "\\", "\\x", "{", "}", "[", "]", ",",
            "=", "<<", "~", "/", ".", "+", "_", "0", "1", "9", "x", "e", "o"),
        Gen.OneOf(
            "yes", "No", "on", "OFF", "y", "N", "null", "Null", "true", "False", ".inf", ".NaN", "0x1F", "0o17", "010", "08",
            "1e3", "1_000", "1:30", "2001-12-14"),
        Gen.Const(string.Concat(Enumerable.Repeat("long text, ", 150))));

    /// <summary>Every string is valid UTF-16: half a surrogate pair has no form in YAML.</summary>
    public static Gen<string> Text { get; } = Fragment.Array[0, 6].Select(parts => string.Concat(parts));

    private static readonly Gen<JsonNode?> Scalar = Gen.OneOf(
        Text.Select(s => (JsonNode?)JsonValue.Create(s)),
        Gen.Bool.Select(b => (JsonNode?)JsonValue.Create(b)),
        Gen.Const((JsonNode?)null),
        Gen.Long.Select(n => (JsonNode?)JsonValue.Create(n)),
        Gen.ULong.Select(n => (JsonNode?)JsonValue.Create(n)),
        Gen.Double.Where(double.IsFinite).Select(n => (JsonNode?)JsonValue.Create(n)));

    public static Gen<JsonNode?> Node(int depth)
    {
        if (depth == 0)
        {
            return Scalar;
        }

        var inner = Node(depth - 1);
        return Gen.OneOf(
            Scalar,
            inner.Array[0, 4].Select(items => (JsonNode?)new JsonArray([.. items.Select(i => i?.DeepClone())])),
            Gen.Select(Text, inner).Array[0, 4].Select(entries => (JsonNode?)new JsonObject(
                entries.DistinctBy(e => e.Item1).Select(e => KeyValuePair.Create(e.Item1, e.Item2?.DeepClone())))));
    }
}
