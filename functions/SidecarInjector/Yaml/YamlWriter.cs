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

    /// <summary>kubectl's layout.</summary>
    private static readonly YamlLayout Standard = new(Step: 2, ListOffset: 0);

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
            WriteBlock(writer, node, Standard, indent: 0, depth: 0);
            return;
        }

        // A literal's indicator means another column at the root in libyaml than in the specification.
        writer.Write(ScalarText.OnOneLine(node));
        writer.Write('\n');
    }

    /// <summary>A mapping or list that is not empty, as a block in another layout, for a place where its first line is already indented; without the last line break.</summary>
    internal static string WriteBlock(JsonNode node, YamlLayout layout, int indent)
    {
        using var writer = new StringWriter();
        WriteBlock(writer, node, layout, indent, depth: 0);
        return writer.ToString()[..^1];
    }

    internal static bool IsBlock(JsonNode? node) => node is JsonObject { Count: > 0 } or JsonArray { Count: > 0 };

    /// <summary>Writes a mapping or list whose first line is already indented.</summary>
    private static void WriteBlock(TextWriter writer, JsonNode? node, YamlLayout layout, int indent, int depth)
    {
        if (depth == YamlLimits.Default.MaxDepth)
        {
            throw new ArgumentException($"expected at most {depth} objects and arrays inside each other, but there are more", nameof(node));
        }

        if (node is JsonObject mapping)
        {
            WriteMapping(writer, mapping, layout, indent, depth + 1);
        }
        else if (node is JsonArray sequence)
        {
            WriteSequence(writer, sequence, layout, indent, depth + 1);
        }
    }

    private static void WriteMapping(TextWriter writer, JsonObject mapping, YamlLayout layout, int indent, int depth)
    {
        var isFirst = true;
        foreach (var (name, value) in mapping)
        {
            Indent(writer, isFirst ? 0 : indent);
            isFirst = false;
            WriteKey(writer, name, indent);
            WriteValue(writer, value, layout, indent, depth);
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

    private static void WriteValue(TextWriter writer, JsonNode? value, YamlLayout layout, int indent, int depth)
    {
        if (!IsBlock(value))
        {
            writer.Write(' ');
            WriteScalar(writer, value, indent, layout.Step);
            return;
        }

        var inner = indent + (value is JsonArray ? layout.ListOffset : layout.Step);
        writer.Write('\n');
        Indent(writer, inner);
        WriteBlock(writer, value, layout, inner, depth);
    }

    private static void WriteSequence(TextWriter writer, JsonArray sequence, YamlLayout layout, int indent, int depth)
    {
        var isFirst = true;
        foreach (var item in sequence)
        {
            Indent(writer, isFirst ? 0 : indent);
            isFirst = false;
            writer.Write("- ");
            if (IsBlock(item))
            {
                WriteBlock(writer, item, layout, indent + "- ".Length, depth);
            }
            else
            {
                WriteScalar(writer, item, indent, "- ".Length);
            }
        }
    }

    private static void WriteScalar(TextWriter writer, JsonNode? node, int indent, int step)
    {
        if (node?.GetValueKind() == JsonValueKind.String && ScalarText.TryLiteral(ScalarText.StringOf(node), step, out var header, out var lines))
        {
            writer.Write(header);
            foreach (var line in lines)
            {
                writer.Write('\n');
                Indent(writer, line.Length == 0 ? 0 : indent + step);
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

/// <summary>How blocks are indented: a mapping in a mapping, and a list's dashes below its key.</summary>
internal readonly record struct YamlLayout(int Step, int ListOffset);
