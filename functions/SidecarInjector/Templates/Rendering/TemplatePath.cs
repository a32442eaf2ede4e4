using System.Globalization;
using System.Text.Json.Nodes;

namespace SidecarInjector.Templates.Rendering;

/// <summary>
/// A path such as <c>spec.containers.[0].name</c>, <c>this.x</c>, <c>../x</c>, <c>@root.values</c>: how many scopes up, then a variable or a name, then names of members.
/// What is not there is null.
/// </summary>
internal sealed class TemplatePath : TemplateExpression
{
    private const string Parent = "..";

    private readonly int up;
    private readonly bool isVariable;
    private readonly bool isOfValue;
    private readonly string[] names;

    private TemplatePath(int up, bool isVariable, IReadOnlyList<string> steps)
    {
        (this.up, this.isVariable) = (up, isVariable);
        isOfValue = steps is ["this" or ".", ..];
        LeadsUpLate = steps.Contains(Parent);
        names = [.. steps.Skip(isOfValue ? 1 : 0).Select(s => s is ['[', .., ']'] ? s[1..^1] : s)];
    }

    /// <summary>The name behind <c>@</c>, if the path begins with that.</summary>
    public string? Variable => isVariable && names is [var name, ..] ? name : null;

    /// <summary>Whether a <c>..</c> comes after a name, where it means nothing.</summary>
    public bool LeadsUpLate { get; }

    public static TemplatePath Parse(string text)
    {
        var isVariable = text is ['@', ..];
        var steps = Steps(text.AsSpan(isVariable ? 1 : 0));
        var up = steps.TakeWhile(s => s == Parent).Count();
        return new TemplatePath(up, isVariable, steps[up..]);
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

    /// <summary>Names, <c>.</c> and <c>..</c>, parted by dots or slashes except inside brackets. As in the library, a dot that parts nothing is none.</summary>
    private static List<string> Steps(ReadOnlySpan<char> text)
    {
        var steps = new List<string>();
        while (text.Length > 0)
        {
            var end = text is ".." or ['.', '.', '/', ..] ? 2 : text[0] == '[' ? text.IndexOf(']') + 1 : text.IndexOfAny('.', '/');
            if (end <= 0)
                end = text[0] is '.' or '/' ? 1 : text.Length;
            if (steps.Count == 0 || text[..end] is not ("." or "/"))
                steps.Add(text[..end].ToString());
            text = text[end..];
            if (text is ['.' or '/', ..])
                text = text[1..];
        }
        return steps;
    }
}
