using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Yaml;

/// <summary>
/// How a scalar is written: plain where every YAML reader takes it for a string, as a literal block where it has
/// lines that a block keeps unchanged, in double quotes otherwise.
/// </summary>
internal static class ScalarText
{
    private static readonly SearchValues<char> PlainCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@=+, ");

    /// <summary>A scalar or an empty collection.</summary>
    public static string OnOneLine(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        _ when node.GetValueKind() == JsonValueKind.String => OnOneLine(StringOf(node)),
        _ => node.ToJsonString(),
    };

    public static string OnOneLine(string text) => IsSafePlain(text) ? text : Quote(text);

    /// <summary>The string also of a value that was made from a Guid, a DateTime or another type that JSON writes as one.</summary>
    public static string StringOf(JsonNode node) =>
        node.AsValue().TryGetValue<string>(out var text) ? text : JsonElement.Parse(node.ToJsonString()).GetString() ?? "";

    /// <summary>The lines of a literal block and the header before them; the indentation indicator is written where it is needed.</summary>
    public static bool TryLiteral(string text, int step, [NotNullWhen(true)] out string? header, out IEnumerable<string> lines)
    {
        header = null;
        lines = [];
        if (!text.Contains('\n') || text[0] is '\n' or '\t' || !IsUnchangedInLiteral(text))
        {
            return false;
        }

        var chomping = !text.EndsWith('\n') ? "-" : text.EndsWith("\n\n", StringComparison.Ordinal) ? "+" : "";
        header = $"|{(text[0] == ' ' ? step.ToString(CultureInfo.InvariantCulture) : "")}{chomping}";
        lines = (chomping == "-" ? text : text[..^1]).Split('\n');
        return true;
    }

    private static bool IsSafePlain(string text) =>
        text is [(>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '/', ..]
        && !text.AsSpan().ContainsAnyExcept(PlainCharacters)
        && text[^1] is not (':' or ' ')
        && !text.Contains(": ", StringComparison.Ordinal)
        && PlainScalar.Read(text).Kind == ScalarKind.String;

    private static bool IsUnchangedInLiteral(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var endsLine = i + 1 == text.Length || text[i + 1] == '\n';
            var isUnchanged = text[i] switch
            {
                '\n' => true,
                '\t' or ' ' => !endsLine,
                var c => IsPrintable(c) || YamlCharacters.IsPair(text, i) || (i > 0 && YamlCharacters.IsPair(text, i - 1)),
            };
            if (!isUnchanged)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Allowed, visible, and a line break for nobody.</summary>
    public static bool IsPrintable(char c) =>
        YamlCharacters.IsAllowed(c) && c is not ('\t' or '\n' or '\r' or '\u0085' or '\u2028' or '\u2029' or YamlCharacters.ByteOrderMark);

    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        for (var i = 0; i < text.Length; i++)
        {
            if (YamlCharacters.IsPair(text, i))
            {
                quoted.Append(text[i]).Append(text[++i]);
            }
            else
            {
                AppendQuoted(quoted, text[i]);
            }
        }

        return quoted.Append('"').ToString();
    }

    private static StringBuilder AppendQuoted(StringBuilder quoted, char c) => c switch
    {
        '"' or '\\' => quoted.Append('\\').Append(c),
        '\n' => quoted.Append("\\n"),
        '\t' => quoted.Append("\\t"),
        '\r' => quoted.Append("\\r"),
        // Half a surrogate pair has no UTF-8 and so no YAML; System.Text.Json writes U+FFFD for it, too.
        _ when char.IsSurrogate(c) => quoted.Append('\uFFFD'),
        _ when IsPrintable(c) => quoted.Append(c),
        _ => quoted.Append($"\\u{(int)c:X4}"),
    };
}
