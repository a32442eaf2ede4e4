using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SidecarInjector.Injection.Checks;

/// <summary>
/// The types of a pod's fields. The API server decodes the patched pod strictly, so a number where a text belongs fails the creation. Fields that we do not
/// know belong to newer servers and are left alone; null counts as absent.
/// </summary>
internal static class PodSchema
{
    private static readonly FrozenDictionary<string, FieldType> Types = Load();

    public static void Check(JsonObject pod, List<string> mistakes)
    {
        var walk = new Walk(mistakes);
        walk.Enter("metadata", pod["metadata"], Types["ObjectMeta"]);
        walk.Enter("spec", pod["spec"], Types["PodSpec"]);
    }

    internal enum Shape
    {
        Any,
        Text,
        Integer,
        Boolean,
        Number,
        Quantity,
        IntegerOrText,
        List,
        Map,
        Fields,
    }

    /// <summary>A type: its shape, for lists and maps the type of their items, for objects the types of their fields.</summary>
    internal sealed record FieldType(Shape Shape)
    {
        public FieldType? Item { get; init; }

        public Dictionary<string, FieldType> Fields { get; } = new(StringComparer.Ordinal);
    }

    private static FrozenDictionary<string, FieldType> Load()
    {
        using var stream = typeof(PodSchema).Assembly.GetManifestResourceStream("pod-schema.txt")!;
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#').Select(l => l.Split(' ')).ToList();
        var types = lines.ToDictionary(l => l[0], _ => new FieldType(Shape.Fields), StringComparer.Ordinal);
        foreach (var line in lines)
        {
            foreach (var field in line.Skip(1).Select(f => f.Split(':', 2)))
                types[line[0]].Fields.Add(field[0], Parse(field[1], types));
        }
        return types.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static FieldType Parse(string text, Dictionary<string, FieldType> types) => text switch
    {
        "string" => new FieldType(Shape.Text),
        "integer" => new FieldType(Shape.Integer),
        "boolean" => new FieldType(Shape.Boolean),
        "number" => new FieldType(Shape.Number),
        "quantity" => new FieldType(Shape.Quantity),
        "integerOrString" => new FieldType(Shape.IntegerOrText),
        "any" => new FieldType(Shape.Any),
        ['[', ']', .. var item] => new FieldType(Shape.List) { Item = Parse(item, types) },
        ['{', '}', .. var item] => new FieldType(Shape.Map) { Item = Parse(item, types) },
        _ => types[text],
    };

    /// <summary>One walk through a pod. The place is kept as a stack and becomes text only when there is a mistake to report.</summary>
    private sealed class Walk(List<string> mistakes)
    {
        private readonly Stack<(string? Key, int Index)> place = new();

        public void Enter(string key, JsonNode? node, FieldType type)
        {
            place.Push((key, 0));
            Check(node, type);
            place.Pop();
        }

        private void Check(JsonNode? node, FieldType type)
        {
            switch (type.Shape)
            {
                case Shape.Fields when node is JsonObject map:
                    for (var i = 0; i < map.Count; i++)
                    {
                        var (key, value) = map.GetAt(i);
                        if (value is not null && type.Fields.TryGetValue(key, out var field))
                            Enter(key, value, field);
                    }
                    break;
                case Shape.Map when node is JsonObject map:
                    for (var i = 0; i < map.Count; i++)
                    {
                        var (key, value) = map.GetAt(i);
                        if (value is not null)
                            Enter(key, value, type.Item!);
                    }
                    break;
                case Shape.List when node is JsonArray list:
                    for (var i = 0; i < list.Count; i++)
                    {
                        place.Push((null, i));
                        Check(list[i], type.Item!);
                        place.Pop();
                    }
                    break;
                default:
                    if (node is not null && !Fits(node, type.Shape))
                        mistakes.Add($"{Place()}: must be {Described(type.Shape)}, found {Shown(node)}");
                    break;
            }
        }

        private string Place()
        {
            var text = new StringBuilder();
            foreach (var (key, index) in place.Reverse())
                text.Append(key is null ? string.Create(CultureInfo.InvariantCulture, $"[{index}]") : text.Length == 0 ? key : "." + key);
            return text.ToString();
        }
    }

    private static bool Fits(JsonNode node, Shape shape)
    {
        var kind = node.GetValueKind();
        return shape switch
        {
            Shape.Any => true,
            Shape.Text => kind == JsonValueKind.String,
            Shape.Boolean => kind is JsonValueKind.True or JsonValueKind.False,
            Shape.Number => kind == JsonValueKind.Number,
            Shape.Integer => kind == JsonValueKind.Number && IsInteger(node),
            Shape.IntegerOrText => kind == JsonValueKind.String || (kind == JsonValueKind.Number && IsInteger(node)),
            Shape.Quantity => kind == JsonValueKind.Number || (kind == JsonValueKind.String && Quantity.IsValid(node.GetValue<string>())),
            _ => false,
        };
    }

    /// <summary>Go decodes a number into an integer only if it is written without fraction and exponent.</summary>
    private static bool IsInteger(JsonNode node)
        => node is JsonValue value && (value.TryGetValue<JsonElement>(out var element)
            ? element.TryGetInt64(out _) && !element.GetRawText().AsSpan().ContainsAny('.', 'e', 'E')
            : value.TryGetValue<long>(out _) || value.TryGetValue<int>(out _));

    private static string Described(Shape shape) => shape switch
    {
        Shape.Text => "a text",
        Shape.Integer => "a whole number",
        Shape.Boolean => "true or false",
        Shape.Number => "a number",
        Shape.Quantity => "a quantity such as 100m or 128Mi",
        Shape.IntegerOrText => "a whole number or a text",
        Shape.List => "a list",
        _ => "a map",
    };

    private static string Shown(JsonNode node)
    {
        var text = node.ToJsonString(JsonText.Compact);
        return text.Length <= 60 ? text : text[..60] + "…";
    }
}

/// <summary>Kubernetes' quantities: a decimal number with an optional exponent or suffix.</summary>
internal static partial class Quantity
{
    public static bool IsValid(string text) => Pattern().IsMatch(text);

    [GeneratedRegex(@"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(([KMGTPE]i|[numkMGTPE])|[eE][+-]?[0-9]+)?\z")]
    private static partial Regex Pattern();
}
