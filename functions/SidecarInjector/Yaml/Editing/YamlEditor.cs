using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Yaml.Editing;

/// <summary>
/// Changes the text of one document so that it means another object, and leaves the rest of the text as it is: comments, order, quoting, line ends, anchors.
/// What comes out is read again and compared; where a small change does not give the object, a larger part of the document is written anew.
/// </summary>
public static class YamlEditor
{
    /// <summary>How deep small changes are tried, one after the other; 0 writes the whole value anew.</summary>
    private static readonly int[] Depths = [int.MaxValue, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0];

    /// <param name="text">The text of one document, as <see cref="YamlDocument"/> delimits it.</param>
    /// <param name="before">What the text means.</param>
    /// <param name="after">What it is to mean.</param>
    /// <param name="limits">What the text may cost.</param>
    public static string Edit(string text, JsonNode? before, JsonNode after, YamlLimits? limits = null)
    {
        if (JsonNode.DeepEquals(before, after))
            return text;
        if (before is not null && SourceReader.Read(text) is { } root)
        {
            foreach (var depth in Depths)
            {
                if (new DocumentEdit(text, root, depth).Apply(before, after) is { } edited && Means(edited, after, limits))
                    return edited;
            }
        }

        return IsJson(text) ? after.ToJsonString(JsonText.Compact) + "\n" : YamlWriter.Write(after);
    }

    /// <summary>Whether the text is JSON, which then has to come out as JSON.</summary>
    public static bool IsJson(string text)
    {
        var trimmed = text.AsSpan().Trim();
        if (trimmed is not ['{' or '[', ..])
            return false;
        try
        {
            JsonText.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool Means(string text, JsonNode after, YamlLimits? limits)
    {
        try
        {
            var roots = YamlReader.ReadStream(text, limits).Select(d => d.Root).OfType<YamlNode>().ToList();
            return roots.Count == 1 && JsonNode.DeepEquals(YamlResolver.ToJson(roots[0]), after);
        }
        catch (YamlFormatException)
        {
            return false;
        }
    }
}
