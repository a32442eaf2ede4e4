using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Yaml;

/// <summary>
/// Writes JSON as YAML in kubectl's layout: blocks indented by two, a list at the indentation of its key, keys in their
/// order. kubectl reads the same values back. Numbers keep the text that they came with.
/// </summary>
public static class YamlWriter
{
    /// <summary>Longer keys are marked with <c>?</c>, as go-yaml does: it looks at most 1,024 characters ahead for a key's colon.</summary>
    private const int LongestSimpleKey = 128;

    private const int Step = 2;

    public static string Write(JsonNode? node)
    {
        using var writer = new StringWriter();
        Write(writer, node);
        return writer.ToString();
    }

    /// <summary>Lines end with <c>\n</c> whatever the writer's own line ending is, and so does the text.</summary>
    public static void Write(TextWriter writer, JsonNode? node)
    {
        if (IsBlock(node))
        {
            WriteBlock(writer, node, indent: 0, depth: 0);
            return;
        }

        // A literal's indicator means another column at the root in libyaml than in the specification.
        writer.Write(ScalarText.OnOneLine(node));
        writer.Write('\n');
    }

    private static bool IsBlock(JsonNode? node) => node is JsonObject { Count: > 0 } or JsonArray { Count: > 0 };

    /// <summary>Writes a mapping or list whose first line is already indented.</summary>
    private static void WriteBlock(TextWriter writer, JsonNode? node, int indent, int depth)
    {
        if (depth == YamlLimits.Default.MaxDepth)
        {
            throw new ArgumentException($"expected at most {depth} objects and arrays inside each other, but there are more", nameof(node));
        }

        if (node is JsonObject mapping)
        {
            WriteMapping(writer, mapping, indent, depth + 1);
        }
        else if (node is JsonArray sequence)
        {
            WriteSequence(writer, sequence, indent, depth + 1);
        }
    }

    private static void WriteMapping(TextWriter writer, JsonObject mapping, int indent, int depth)
    {
        var isFirst = true;
        foreach (var (name, value) in mapping)
        {
            Indent(writer, isFirst ? 0 : indent);
            isFirst = false;
            WriteKey(writer, name, indent);
            WriteValue(writer, value, indent, depth);
        }
    }

    private static void WriteKey(TextWriter writer, string name, int indent)
    {
        var key = ScalarText.OnOneLine(name);
        if (key.Length > LongestSimpleKey)
        {
            writer.Write($"? {key}\n");
            Indent(writer, indent);
            key = "";
        }

        writer.Write(key);
        writer.Write(':');
    }

    private static void WriteValue(TextWriter writer, JsonNode? value, int indent, int depth)
    {
        if (!IsBlock(value))
        {
            writer.Write(' ');
            WriteScalar(writer, value, indent);
            return;
        }

        var inner = value is JsonArray ? indent : indent + Step;
        writer.Write('\n');
        Indent(writer, inner);
        WriteBlock(writer, value, inner, depth);
    }

    private static void WriteSequence(TextWriter writer, JsonArray sequence, int indent, int depth)
    {
        var isFirst = true;
        foreach (var item in sequence)
        {
            Indent(writer, isFirst ? 0 : indent);
            isFirst = false;
            writer.Write("- ");
            if (IsBlock(item))
            {
                WriteBlock(writer, item, indent + Step, depth);
            }
            else
            {
                WriteScalar(writer, item, indent);
            }
        }
    }

    private static void WriteScalar(TextWriter writer, JsonNode? node, int indent)
    {
        if (node?.GetValueKind() == JsonValueKind.String && ScalarText.TryLiteral(ScalarText.StringOf(node), out var header, out var lines))
        {
            writer.Write(header);
            foreach (var line in lines)
            {
                writer.Write('\n');
                Indent(writer, line.Length == 0 ? 0 : indent + Step);
                writer.Write(line);
            }
        }
        else
        {
            writer.Write(ScalarText.OnOneLine(node));
        }

        writer.Write('\n');
    }

    private static void Indent(TextWriter writer, int columns)
    {
        for (var i = 0; i < columns; i++)
        {
            writer.Write(' ');
        }
    }
}
