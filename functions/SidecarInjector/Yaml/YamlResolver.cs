using System.Globalization;
using System.Text.Json.Nodes;

namespace SidecarInjector.Yaml;

/// <summary>
/// Gives YAML its JSON values as kubectl does: go-yaml v2 resolves the scalars, sigs.k8s.io/yaml makes JSON of them.
/// A float without a fraction is an integer in JSON (<c>1.0</c> is 1), as Go writes it.
/// </summary>
public static class YamlResolver
{
    /// <summary>The value of a plain scalar. Infinity and not-a-number have none in JSON and are refused.</summary>
    public static JsonNode? Resolve(string plain) => Json(PlainScalar.Read(plain), new YamlPosition(1, 1));

    public static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlScalar scalar => ToJson(scalar),
        YamlSequence sequence => new JsonArray([.. sequence.Items.Select(ToJson)]),
        YamlMapping mapping => ToJson(mapping),
        _ => throw new ArgumentException($"{node.GetType()} is no kind of YAML node", nameof(node)),
    };

    public static JsonNode? ToJson(YamlScalar scalar) => Json(TaggedScalar.Read(scalar), scalar.Position);

    private static JsonObject ToJson(YamlMapping mapping)
    {
        var json = new JsonObject();
        foreach (var (key, value) in mapping.Entries)
        {
            json.Add(KeyText(key), ToJson(value));
        }

        return json;
    }

    /// <summary>The name that a key has in JSON: <c>yes: 1</c> is named <c>true</c>, and <c>010: 1</c> is named <c>8</c>.</summary>
    public static string KeyText(YamlScalar key)
    {
        var value = TaggedScalar.Read(key);
        return value.Kind switch
        {
            ScalarKind.String => value.Text,
            ScalarKind.True => "true",
            ScalarKind.False => "false",
            ScalarKind.Integer => value.Integer.ToString(CultureInfo.InvariantCulture),
            ScalarKind.Float => GoFloat.ToKey(value.Float),
            _ => throw new YamlFormatException(key.Position, "expected a string as a mapping's key, but there is null"),
        };
    }

    private static JsonValue? Json(ScalarValue value, YamlPosition position) => value.Kind switch
    {
        ScalarKind.Null => null,
        ScalarKind.True => JsonValue.Create(true),
        ScalarKind.False => JsonValue.Create(false),
        ScalarKind.Integer => Json(value.Integer),
        ScalarKind.Float when double.IsFinite(value.Float) => Json(value.Float),
        ScalarKind.Float => throw new YamlFormatException(position, "expected a value that JSON has, but there is .inf or .nan"),
        _ => JsonValue.Create(value.Text),
    };

    private static JsonValue Json(Int128 integer) =>
        integer > long.MaxValue ? JsonValue.Create((ulong)integer) : JsonValue.Create((long)integer);

    private static JsonValue Json(double real) =>
        double.IsInteger(real) && Math.Abs(real) < 1L << 62 ? JsonValue.Create((long)real) : JsonValue.Create(real);
}
