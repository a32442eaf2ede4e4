using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Templates;

/// <summary>
/// The values that templates see: null, bool, long, double, string, <see cref="JsonObject"/>, <see cref="JsonArray"/>, and <c>object?[]</c> for
/// lists that functions make. Numbers print in their shortest form, booleans in lower case, whatever the culture.
/// </summary>
internal static class TemplateValue
{
    /// <summary>What a template sees of a JSON node: scalars become CLR primitives, objects and lists stay as they are.</summary>
    public static object? From(JsonNode? node) => node is JsonValue value ? FromScalar(value) : node;

    private static object? FromScalar(JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.String => value.ToString(),
        JsonValueKind.True => Boxed.True,
        JsonValueKind.False => Boxed.False,
        JsonValueKind.Number => FromNumber(value),
        _ => null,
    };

    private static object FromNumber(JsonValue value)
    {
        if (value.TryGetValue<long>(out var integer))
            return integer;
        if (value.TryGetValue<int>(out var small))
            return (long)small;
        return value.TryGetValue<double>(out var number) ? number : double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
    }

    /// <summary>What a function reads of a map by itself is a node still.</summary>
    private static object? FromArgument(object? value) => value is JsonValue scalar ? FromScalar(scalar) : value;

    /// <summary>A node of its own, free to be attached.</summary>
    public static JsonNode? ToJson(object? value) => FromArgument(value) switch
    {
        null => null,
        string text => JsonValue.Create(text),
        TextValue text => JsonValue.Create(text.Value),
        bool flag => JsonValue.Create(flag),
        long number => JsonValue.Create(number),
        double number => ToJson(number),
        JsonNode node => node.DeepClone(),
        object?[] list => new JsonArray([.. list.Select(ToJson)]),
        var other => throw new TemplateRenderException($"a value of type {other.GetType().Name} cannot stand in a document"),
    };

    private static JsonValue ToJson(double number)
        => double.IsFinite(number) ? JsonValue.Create(number) : throw new TemplateRenderException("a number must be finite");

    /// <summary>The value as text: what stands in the document where a value is a part of a longer text.</summary>
    public static string Print(object? value) => FromArgument(value) switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => PrintDouble(number),
        TextValue text => text.Value,
        JsonNode node => node.ToJsonString(JsonText.Compact),
        object?[] list => new JsonArray([.. list.Select(ToJson)]).ToJsonString(JsonText.Compact),
        var other => other.ToString() ?? "",
    };

    private static string PrintDouble(double number)
        => number == Math.Floor(number) && Math.Abs(number) < 1e15 ? number.ToString("0", CultureInfo.InvariantCulture)
            : number.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');

    /// <summary>Go templates' and sprig's "empty": null, false, 0, "", and lists and maps without items.</summary>
    public static bool IsEmpty(object? value) => FromArgument(value) switch
    {
        null => true,
        string text => text.Length == 0,
        bool flag => !flag,
        long number => number == 0,
        double number => number == 0,
        TextValue text => text.Value.Length == 0,
        JsonObject map => map.Count == 0,
        JsonArray list => list.Count == 0,
        object?[] list => list.Length == 0,
        _ => false,
    };

    /// <summary>Equal if of the same kind and value: "1" is not 1; 1 and 1.0 are one number.</summary>
    public static bool AreEqual(object? left, object? right) => (FromArgument(left), FromArgument(right)) switch
    {
        (long a, double b) => a == b,
        (double a, long b) => a == b,
        (TextValue a, var b) => b is string text ? a.Value == text : b is TextValue other && a.Value == other.Value,
        (var a, TextValue b) => a is string text && b.Value == text,
        (JsonNode a, JsonNode b) => JsonNode.DeepEquals(a, b),
        var (a, b) => Equals(a, b),
    };

    public static int Length(object? value) => FromArgument(value) switch
    {
        null => 0,
        string text => text.Length,
        TextValue text => text.Value.Length,
        JsonObject map => map.Count,
        JsonArray list => list.Count,
        object?[] list => list.Length,
        var other => throw new TemplateRenderException($"len takes a text, a list or a map, found {Print(other)}"),
    };

    public static IEnumerable<object?> Items(object? value) => FromArgument(value) switch
    {
        null => [],
        JsonArray list => list.Select(From),
        object?[] list => list,
        var other => throw new TemplateRenderException($"expected a list, found {Print(other)}"),
    };

    /// <summary>Booleans boxed once.</summary>
    internal static class Boxed
    {
        public static readonly object True = true;
        public static readonly object False = false;

        public static object Of(bool value) => value ? True : False;
    }
}

/// <summary>A value that is text even where a plain scalar would be read as a number or a boolean; made by the function <c>quote</c>.</summary>
internal sealed record TextValue(string Value)
{
    public override string ToString() => Value;
}
