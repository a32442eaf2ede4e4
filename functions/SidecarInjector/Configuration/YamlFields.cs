using SidecarInjector.Templates;
using SidecarInjector.Yaml;

namespace SidecarInjector.Configuration;

/// <summary>Reads the fields of a YAML map by name and type; each mistake is noted with its place, and the field then counts as absent.</summary>
internal sealed class YamlFields(string file, YamlMapping? map, string path, ICollection<TemplateProblem> problems)
{
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    private string Where(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private void Report(YamlNode node, string message) => problems.Add(new TemplateProblem(file, node.Position.Line, node.Position.Column, message));

    private YamlNode? Find(string key)
    {
        known.Add(key);
        var value = map?.Entries.FirstOrDefault(e => e.Key.Text == key)?.Value;
        return value is YamlScalar scalar && YamlResolver.ToJson(scalar) is null ? null : value;
    }

    public bool Has(string key) => Find(key) is not null;

    /// <summary>Fields that are known and read by somebody else, or by nobody.</summary>
    public void Ignore(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            known.Add(key);
    }

    public string? Text(string key) => Find(key) is { } node ? Text(node, Where(key)) : null;

    private string? Text(YamlNode node, string where)
    {
        if (node is YamlScalar scalar)
            return YamlResolver.ToJson(scalar)?.ToString() ?? "";
        Report(node, $"{where}: expected a text, found {Kind(node)}");
        return null;
    }

    public bool? Flag(string key)
    {
        if (Find(key) is not { } node)
            return null;
        if (node is YamlScalar scalar
            && YamlResolver.ToJson(scalar)?.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False)
            return YamlResolver.ToJson(node)!.GetValue<bool>();
        Report(node, $"{Where(key)}: expected true or false, found {Shown(node)}");
        return null;
    }

    /// <summary>One of a closed set of words.</summary>
    public T? Choice<T>(string key, params (string Word, T Value)[] choices) where T : struct
    {
        if (Find(key) is not { } node)
            return null;
        var text = node is YamlScalar scalar ? YamlResolver.ToJson(scalar)?.ToString() : null;
        foreach (var (word, value) in choices)
        {
            if (word == text)
                return value;
        }
        Report(node, $"{Where(key)}: expected {string.Join(" or ", choices.Select(c => c.Word))}, found {Shown(node)}");
        return null;
    }

    public IReadOnlyList<string>? Texts(string key)
        => Items(key) is { } items ? [.. items.Select((n, i) => Text(n, $"{Where(key)}[{i}]")).OfType<string>()] : null;

    public IReadOnlyList<YamlNode>? Items(string key)
    {
        if (Find(key) is not { } node)
            return null;
        if (node is YamlSequence list)
            return list.Items;
        Report(node, $"{Where(key)}: expected a list, found {Kind(node)}");
        return null;
    }

    public IEnumerable<(string Key, YamlNode Node, string Path)> Map(string key)
    {
        if (Find(key) is not { } node)
            return [];
        if (node is YamlMapping inner)
            return inner.Entries.Select(e => (YamlResolver.KeyText(e.Key), e.Value, $"{Where(key)}.{e.Key.Text}"));
        Report(node, $"{Where(key)}: expected a map, found {Kind(node)}");
        return [];
    }

    public IReadOnlyDictionary<string, string> TextMap(string key)
        => Map(key).Select(e => (e.Key, Value: Text(e.Node, e.Path))).Where(e => e.Value is not null)
            .ToDictionary(e => e.Key, e => e.Value!, StringComparer.Ordinal);

    public IReadOnlyList<string> TextList(YamlNode node, string where)
    {
        if (node is YamlSequence list)
            return [.. list.Items.Select((n, i) => Text(n, $"{where}[{i}]")).OfType<string>()];
        Report(node, $"{where}: expected a list, found {Kind(node)}");
        return [];
    }

    public YamlFields Inner(string key)
    {
        var node = Find(key);
        if (node is not (null or YamlMapping))
            Report(node, $"{Where(key)}: expected a map, found {Kind(node)}");
        return new YamlFields(file, node as YamlMapping, Where(key), problems);
    }

    public YamlFields Of(YamlNode node, string where)
    {
        if (node is not YamlMapping)
            Report(node, $"{where}: expected a map, found {Kind(node)}");
        return new YamlFields(file, node as YamlMapping, where, problems);
    }

    /// <summary>Fields that nothing asked for, as warnings: a newer bundle may hold what this version does not know.</summary>
    public IEnumerable<TemplateProblem> Unknown()
        => (map?.Entries ?? []).Where(e => !known.Contains(e.Key.Text))
            .Select(e => new TemplateProblem(file, e.Key.Position.Line, e.Key.Position.Column,
                $"{Where(e.Key.Text)} is not known and ignored; known: {string.Join(", ", known.Order(StringComparer.Ordinal))}"));

    private static string Kind(YamlNode node) => node switch { YamlMapping => "a map", YamlSequence => "a list", _ => Shown(node) };

    private static string Shown(YamlNode node) => node is YamlScalar scalar ? $"'{scalar.Text}'" : Kind(node);
}
