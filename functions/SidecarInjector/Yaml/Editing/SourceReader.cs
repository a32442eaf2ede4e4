using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SidecarInjector.Yaml.Editing;

/// <summary>Reads the one document of a text that <see cref="YamlReader"/> has accepted already, with the places of everything in it.</summary>
internal sealed class SourceReader
{
    private readonly string text;
    private readonly Parser parser;
    private readonly Dictionary<string, YamlScalar> scalars = new(StringComparer.Ordinal);

    private SourceReader(string text) => (this.text, parser) = (text, new Parser(new Scanner(new StringReader(text), skipComments: true)));

    /// <summary>Null if there is no value.</summary>
    public static SourceNode? Read(string text)
    {
        var reader = new SourceReader(text);
        while (reader.parser.MoveNext() && reader.parser.Current is not DocumentStart)
        {
        }

        return reader.parser.MoveNext() && reader.parser.Current is NodeEvent ? reader.ReadNode(0) : null;
    }

    /// <summary>Reads the node whose first event is current, and moves behind it.</summary>
    private SourceNode ReadNode(int from)
    {
        SourceNode node = parser.Current switch
        {
            Scalar scalar => ReadScalar(scalar),
            AnchorAlias alias => new SourceAlias { Start = StartOf(alias), ContentStart = StartOf(alias), End = (int)alias.End.Index, Name = alias.Value.Value },
            SequenceStart sequence => ReadSequence(sequence),
            MappingStart mapping => ReadMapping(mapping, from),
            var other => throw new InvalidOperationException($"expected a value, but there is {other}"),
        };
        parser.MoveNext();
        return node;
    }

    private static int StartOf(ParsingEvent parsed) => (int)parsed.Start.Index;

    private static string? AnchorOf(NodeEvent node) => node.Anchor.IsEmpty ? null : node.Anchor.Value;

    private SourceScalar ReadScalar(Scalar scalar)
    {
        var (start, end) = (StartOf(scalar), (int)scalar.End.Index);
        var style = scalar.Style switch
        {
            ScalarStyle.SingleQuoted => YamlScalarStyle.SingleQuoted,
            ScalarStyle.DoubleQuoted => YamlScalarStyle.DoubleQuoted,
            ScalarStyle.Literal => YamlScalarStyle.Literal,
            ScalarStyle.Folded => YamlScalarStyle.Folded,
            _ => YamlScalarStyle.Plain,
        };
        var content = HasProperties(scalar) ? SourceText.SkipProperties(text, start, end) : start;
        if (style is YamlScalarStyle.Literal or YamlScalarStyle.Folded)
            end = EndOfBlockScalar(content, end);
        var read = new YamlScalar(YamlPosition.Of(scalar.Start), scalar.Value, style, YamlTreeBuilder.TagOf(scalar));
        if (AnchorOf(scalar) is { } anchor)
            scalars[anchor] = read;
        return new SourceScalar { Start = start, ContentStart = content, End = end, Anchor = AnchorOf(scalar), Scalar = read };
    }

    private static bool HasProperties(NodeEvent node) => !node.Anchor.IsEmpty || !node.Tag.IsEmpty;

    /// <summary>The parser's end is the next line that is something else. Blank lines before that count only where the header says <c>+</c>.</summary>
    private int EndOfBlockScalar(int content, int end)
    {
        var header = text.AsSpan(content, SourceText.LineEnd(text, content) - content);
        var comment = header.IndexOf('#');
        if ((comment < 0 ? header : header[..comment]).Contains('+'))
            return end > content && text[end - 1] == '\n' ? SourceText.BeforeBreak(text, end) : end;
        return content + text.AsSpan(content, end - content).TrimEnd().Length;
    }

    private SourceSequence ReadSequence(SequenceStart start)
    {
        var content = HasProperties(start) ? (int)start.End.Index : StartOf(start);
        var isFlow = start.Style == SequenceStyle.Flow;
        var sequence = new SourceSequence { Start = StartOf(start), ContentStart = content, Anchor = AnchorOf(start), IsFlow = isFlow };
        var at = isFlow ? content + 1 : content;
        parser.MoveNext();
        while (parser.Current is not SequenceEnd)
        {
            var itemStart = SourceText.SkipBlank(text, at, isFlow);
            var value = ReadNode(isFlow ? itemStart : itemStart + 1);
            sequence.Items.Add(new SourceItem(isFlow ? Math.Min(itemStart, value.Start) : itemStart, value));
            at = sequence.Items[^1].End;
        }

        sequence.End = isFlow ? (int)parser.Current.Start.Index + 1 : at;
        return sequence;
    }

    private SourceMapping ReadMapping(MappingStart start, int from)
    {
        var isFlow = start.Style == MappingStyle.Flow;
        // The parser gives no place to the mapping of a pair in a flow sequence.
        var isBare = isFlow && (StartOf(start) < from || text[StartOf(start)] is not ('{' or '&' or '!'));
        var begin = isBare ? from : StartOf(start);
        var content = HasProperties(start) ? (int)start.End.Index : begin;
        var mapping = new SourceMapping { Start = begin, ContentStart = content, Anchor = AnchorOf(start), IsFlow = isFlow, IsBare = isBare };
        var at = isFlow && !isBare ? content + 1 : content;
        parser.MoveNext();
        while (parser.Current is not MappingEnd)
        {
            mapping.Entries.Add(ReadEntry(SourceText.SkipBlank(text, at, isFlow)));
            at = mapping.Entries[^1].End;
        }

        mapping.End = isFlow && !isBare ? (int)parser.Current.Start.Index + 1 : at;
        return mapping;
    }

    private SourceEntry ReadEntry(int start)
    {
        var key = ReadNode(start);
        var colon = SourceText.SkipBlank(text, key.End, isFlow: false);
        colon = colon < text.Length && text[colon] == ':' ? colon + 1 : -1;
        var value = ReadNode(Math.Max(colon, key.End));
        var scalar = key is SourceAlias alias ? scalars[alias.Name] : ((SourceScalar)key).Scalar;
        return new SourceEntry(Math.Min(start, key.Start), key, YamlEntries.IsMerge(scalar) ? "<<" : YamlResolver.KeyText(scalar), YamlEntries.IsMerge(scalar), colon, value);
    }
}

/// <summary>Finding one's way in YAML text, between the nodes.</summary>
internal static class SourceText
{
    /// <summary>Over blanks, line breaks and comments, and in flow collections over commas.</summary>
    public static int SkipBlank(string text, int at, bool isFlow)
    {
        while (at < text.Length)
        {
            if (text[at] == '#')
                at = LineEnd(text, at);
            else if (text[at] is ' ' or '\t' or '\r' or '\n' || (isFlow && text[at] == ','))
                at++;
            else
                break;
        }

        return at;
    }

    /// <summary>Over an anchor and a tag.</summary>
    public static int SkipProperties(string text, int at, int end)
    {
        while (at < end && text[at] is '&' or '!')
        {
            while (at < end && !char.IsWhiteSpace(text[at]))
                at++;
            while (at < end && char.IsWhiteSpace(text[at]))
                at++;
        }

        return at;
    }

    /// <summary>The end of the line at an offset, before its line break.</summary>
    public static int LineEnd(string text, int at)
    {
        var found = text.AsSpan(at).IndexOfAny('\r', '\n');
        return found < 0 ? text.Length : at + found;
    }

    public static int LineStart(string text, int at) => text.AsSpan(0, at).LastIndexOfAny('\r', '\n') + 1;

    /// <summary>The end of the line before one that starts there; -1 if it is the first.</summary>
    public static int BeforeBreak(string text, int lineStart)
        => lineStart == 0 ? -1 : lineStart >= 2 && text[lineStart - 2] == '\r' && text[lineStart - 1] == '\n' ? lineStart - 2 : lineStart - 1;

    public static int Column(string text, int at) => at - LineStart(text, at);

    /// <summary>Whether nothing but spaces stands before it in its line.</summary>
    public static bool IsFirstInLine(string text, int at)
    {
        var start = LineStart(text, at);
        return !text.AsSpan(start, at - start).ContainsAnyExcept(' ');
    }
}
