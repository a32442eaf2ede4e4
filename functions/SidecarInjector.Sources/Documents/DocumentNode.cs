using System.Text.Json.Nodes;
using SidecarInjector.Sources.Packing;
using SidecarInjector.Yaml;

namespace SidecarInjector.Sources.Documents;

/// <summary>What a place in a document must hold; anything else is a mistake with its line and column.</summary>
internal static class DocumentNode
{
    /// <summary><c>mesh:</c> with nothing behind it is as if it were not there.</summary>
    public static bool IsNull(YamlNode node) => node is YamlScalar scalar && YamlResolver.ToJson(scalar) is null;

    public static YamlMapping Map(YamlNode node, string name)
        => node as YamlMapping ?? throw DocumentMistake.At(node.Position, $"expected a map as {DocumentMistake.Shown(name)}, but there is {Kind(node)}");

    public static string Text(YamlNode node, string name, string expected = "text")
        => node is YamlScalar scalar && YamlResolver.ToJson(scalar) is JsonValue value && value.TryGetValue<string>(out var text) ? text
            : throw DocumentMistake.At(node.Position, $"expected {expected} as {DocumentMistake.Shown(name)}, but there is {Kind(node)}");

    private static string Kind(YamlNode node) => node switch
    {
        YamlMapping => "a map",
        YamlSequence => "a list",
        YamlScalar scalar => YamlResolver.ToJson(scalar) is { } value ? $"a {value.GetValueKind().ToString().ToLowerInvariant()}" : "nothing",
        _ => "something else",
    };
}

/// <summary>Sentences about what is wrong in a document.</summary>
internal static class DocumentMistake
{
    private const int LongestShown = 60;

    public static BundleRefusedException At(YamlPosition position, string message)
        => new($"The document is no bundle: line {position.Line}, column {position.Column}: {message.TrimEnd('.')}.");

    public static BundleRefusedException UnknownKey(YamlScalar key, IReadOnlyList<string> known)
        => At(key.Position, $"unknown key '{Shown(key.Text)}'{Suggestion(key.Text, known)}; known: {string.Join(", ", known)}");

    /// <summary>A word of the document in a message: on one line, and not the whole of it if it is long.</summary>
    public static string Shown(string word)
    {
        var line = string.Concat(word.Take(LongestShown).Select(c => char.IsControl(c) ? ' ' : c));
        return word.Length > LongestShown ? $"{line}…" : line;
    }

    /// <summary>Most wrong keys are a singular, a plural, another case or a longer word: one begins with the other.</summary>
    private static string Suggestion(string word, IReadOnlyList<string> known)
        => word.Length > 2 && known.FirstOrDefault(k => Begins(k, word) || Begins(word, k)) is { } near ? $", did you mean '{near}'?" : "";

    private static bool Begins(string word, string start) => word.StartsWith(start, StringComparison.OrdinalIgnoreCase);
}
