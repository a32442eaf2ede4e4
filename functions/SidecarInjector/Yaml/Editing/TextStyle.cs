namespace SidecarInjector.Yaml.Editing;

/// <summary>How a document is written, as far as new text has to follow it.</summary>
internal sealed class TextStyle
{
    private readonly string text;

    private TextStyle(string text, string lineBreak, YamlLayout layout, FlowText flow)
        => (this.text, LineBreak, Layout, Flow) = (text, lineBreak, layout, flow);

    public string LineBreak { get; }

    public YamlLayout Layout { get; }

    /// <summary>Flow collections on one line.</summary>
    public FlowText Flow { get; }

    public static TextStyle Of(string text, SourceNode root)
    {
        var first = text.AsSpan().IndexOfAny('\r', '\n');
        var lineBreak = first >= 0 && text[first] == '\r' ? text.AsSpan(first).StartsWith("\r\n") ? "\r\n" : "\r" : "\n";
        var isJson = root is SourceCollection { IsFlow: true } && YamlEditor.IsJson(text);
        return new TextStyle(text, lineBreak, new YamlLayout(Step(text, root) ?? 2, ListOffset(text, root) ?? 0),
            new FlowText(isJson, IsCompact(text, root), null, FlowStep(text, root)));
    }

    /// <summary>The flow style around an offset: on many lines where its line holds nothing before it.</summary>
    public FlowText FlowAt(int offset) => IsFirstInLine(offset) ? Flow with { LineBreak = LineBreak } : Flow;

    /// <summary>What the line of an offset begins with.</summary>
    public string IndentAt(int offset)
    {
        var start = SourceText.LineStart(text, offset);
        var end = start;
        while (end < text.Length && text[end] is ' ' or '\t')
            end++;
        return text[start..end];
    }

    public bool IsFirstInLine(int offset)
    {
        var start = SourceText.LineStart(text, offset);
        return offset > 0 && start > 0 && text.AsSpan(start, offset - start).IsWhiteSpace();
    }

    public string Break(string lines) => LineBreak == "\n" ? lines : lines.Replace("\n", LineBreak, StringComparison.Ordinal);

    private static int? Step(string text, SourceNode node)
    {
        foreach (var mapping in node.All.OfType<SourceMapping>().Where(m => !m.IsFlow))
        {
            foreach (var entry in mapping.Entries)
            {
                if (entry.Value is SourceMapping { IsFlow: false, Entries: [var inner, ..] })
                    return SourceText.Column(text, inner.Start) - SourceText.Column(text, entry.Start);
            }
        }

        return null;
    }

    private static int? ListOffset(string text, SourceNode node)
    {
        foreach (var mapping in node.All.OfType<SourceMapping>().Where(m => !m.IsFlow))
        {
            foreach (var entry in mapping.Entries)
            {
                if (entry.Value is SourceSequence { IsFlow: false, Items: [var item, ..] })
                    return SourceText.Column(text, item.Start) - SourceText.Column(text, entry.Start);
            }
        }

        return null;
    }

    private static bool IsCompact(string text, SourceNode node)
        => node.All.OfType<SourceMapping>().FirstOrDefault(m => m is { IsFlow: true, Entries.Count: > 0 })?.Entries[0] is { Colon: > 0 } entry
            && entry.Value.Start == entry.Colon;

    /// <summary>The difference of a nested element's indentation to that of its collection's line, in the first collection on many lines.</summary>
    private static string FlowStep(string text, SourceNode node)
    {
        if (node is not SourceCollection { IsFlow: true } || node.Children.FirstOrDefault() is not { } first)
            return "  ";
        var line = text.AsSpan(SourceText.LineStart(text, first.Start), first.Start - SourceText.LineStart(text, first.Start));
        return line.Length > 0 && line.IsWhiteSpace() ? line.ToString() : "  ";
    }
}
