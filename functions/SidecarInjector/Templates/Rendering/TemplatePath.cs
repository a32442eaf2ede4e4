using System.Globalization;
using System.Text.Json.Nodes;

namespace SidecarInjector.Templates.Rendering;

/// <summary>
/// A path such as <c>spec.containers.[0].name</c>, <c>this.x</c>, <c>../x</c>, <c>@root.values</c>: how many scopes up, then a variable or a name, then names of members.
/// What is not there is null.
/// </summary>
internal sealed class TemplatePath : TemplateExpression
{
    private readonly int up;
    private readonly bool isVariable;
    private readonly bool isOfValue;
    private readonly string[] names;

    private TemplatePath(int up, bool isVariable, bool isOfValue, string[] names)
        => (this.up, this.isVariable, this.isOfValue, this.names) = (up, isVariable, isOfValue, names);

    public static TemplatePath Parse(string text)
    {
        var rest = text.AsSpan();
        var isVariable = rest is ['@', ..];
        if (isVariable)
            rest = rest[1..];
        var up = 0;
        for (; rest is ".." or ['.', '.', '/', ..]; up++)
            rest = rest.Length > 2 ? rest[3..] : [];
        var names = Names(rest);
        var isOfValue = names is ["this" or ".", ..];
        return new TemplatePath(up, isVariable, isOfValue, isOfValue ? names[1..] : names);
    }

    public override object? Evaluate(RenderBuffer buffer, RenderScope scope)
    {
        var start = scope;
        for (var i = 0; i < up; i++)
        {
            if (start.Parent is not { } parent)
                return null;
            start = parent;
        }
        if (names.Length == 0)
            return start.Value;
        var at = 1;
        object? value;
        if (isVariable)
            value = start.Variable(names[0]);
        else if (isOfValue || !start.TryName(names[0], out value))
            (value, at) = (start.Value, 0);
        for (; at < names.Length && value is not null; at++)
            value = Member(value, names[at]);
        return value;
    }

    private static object? Member(object value, string name) => value switch
    {
        JsonObject map => map.TryGetPropertyValue(name, out var node) ? TemplateValue.From(node) : null,
        TemplateData data => data[name],
        JsonArray list => Index(name, list.Count) is { } index ? TemplateValue.From(list[index]) : null,
        object?[] list => Index(name, list.Length) is { } index ? list[index] : null,
        _ => null,
    };

    private static int? Index(string name, int count)
        => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < count ? index : null;

    /// <summary>Names are parted by dots or slashes, except inside brackets.</summary>
    private static string[] Names(ReadOnlySpan<char> text)
    {
        var names = new List<string>();
        while (text.Length > 0)
        {
            var end = text[0] == '[' ? text.IndexOf(']') + 1 : text.IndexOfAny('.', '/');
            if (end <= 0)
                end = text[0] is '.' or '/' ? 1 : text.Length;
            var name = text[..end];
            // As in the library, a dot that parts nothing is none.
            if (name is not ("." or "/") || names.Count == 0)
                names.Add((name is ['[', .., ']'] ? name[1..^1] : name).ToString());
            text = text[end..];
            if (text is ['.' or '/', ..])
                text = text[1..];
        }
        return [.. names];
    }
}
