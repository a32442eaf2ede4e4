using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Yaml.Editing;

/// <summary>How a flow collection is written: as JSON or with YAML's plain scalars, on one line or on many.</summary>
/// <param name="IsJson">Whether every string is in double quotes, as JSON wants it.</param>
/// <param name="IsCompact">Whether no space stands behind commas and colons.</param>
/// <param name="LineBreak">What begins a new line; null for everything on one line.</param>
/// <param name="Step">What a deeper level is indented by.</param>
internal sealed record FlowText(bool IsJson, bool IsCompact, string? LineBreak, string Step)
{
    public string Colon => IsCompact ? ":" : ": ";

    /// <summary>What stands between two elements whose lines begin with <paramref name="indent"/>.</summary>
    public string Separator(string indent) => LineBreak is null ? IsCompact ? "," : ", " : $",{LineBreak}{indent}";

    public string Write(JsonNode? node, string indent)
    {
        var text = new StringBuilder();
        Write(text, node, indent);
        return text.ToString();
    }

    public string Entry(string name, JsonNode? value, string indent) => $"{Scalar(name)}{Colon}{Write(value, indent)}";

    public string Scalar(string text)
    {
        if (IsJson)
            return $"\"{JsonEncodedText.Encode(text, JsonText.Compact.Encoder)}\"";
        var plain = ScalarText.OnOneLine(text);
        return plain.Contains(',') && plain[0] != '"' ? ScalarText.Quote(text) : plain;
    }

    private void Write(StringBuilder text, JsonNode? node, string indent)
    {
        var (open, close, count) = node switch
        {
            JsonObject { Count: > 0 } map => ('{', '}', map.Count),
            JsonArray { Count: > 0 } list => ('[', ']', list.Count),
            _ => ('\0', '\0', 0),
        };
        if (count == 0)
        {
            text.Append(node?.GetValueKind() == JsonValueKind.String ? Scalar(ScalarText.StringOf(node)) : ScalarText.OnOneLine(node));
            return;
        }

        var inner = indent + Step;
        text.Append(open).Append(LineBreak is null ? "" : LineBreak + inner);
        WriteElements(text, node!, inner);
        text.Append(LineBreak is null ? "" : LineBreak + indent).Append(close);
    }

    private void WriteElements(StringBuilder text, JsonNode node, string indent)
    {
        var isFirst = true;
        foreach (var (name, value) in node is JsonObject map ? map.Select(e => ((string?)e.Key, e.Value)) : ((JsonArray)node).Select(i => ((string?)null, i)))
        {
            text.Append(isFirst ? "" : Separator(indent)).Append(name is null ? "" : Scalar(name) + Colon);
            isFirst = false;
            Write(text, value, indent);
        }
    }
}
