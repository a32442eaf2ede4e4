using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SidecarInjector.Yaml;

/// <summary>Reads the documents of one text and finds out which part of the text each of them is.</summary>
internal sealed class YamlStream
{
    private readonly string text;
    private readonly int origin;
    private readonly Parser parser;
    private readonly YamlTreeBuilder trees;
    private readonly List<YamlDocument> documents = [];

    public YamlStream(string text, YamlLimits limits)
    {
        this.text = text;
        origin = text.StartsWith(YamlCharacters.ByteOrderMark) ? 1 : 0;
        var reader = new StringReader(text);
        if (origin == 1)
        {
            reader.Read();
        }

        parser = new Parser(new Scanner(reader, skipComments: true));
        trees = new YamlTreeBuilder(parser, limits);
    }

    public List<YamlDocument> Read()
    {
        try
        {
            ReadDocuments();
        }
        catch (YamlException e)
        {
            throw e.Message.Contains(" tab", StringComparison.Ordinal) && FirstTab((int)e.Start.Line) is { } tab
                ? new YamlFormatException(tab, "a tab stands in the indentation, where YAML takes only spaces", e)
                : new YamlFormatException(YamlPosition.Of(e.Start), e.Message, e);
        }
        // A parser of somebody else's: whatever it throws over a text means that the text cannot be read.
        catch (Exception e) when (e is not YamlFormatException and not OutOfMemoryException)
        {
            throw new YamlFormatException(YamlPosition.Of(parser.Current?.End ?? Mark.Empty), $"the YAML cannot be parsed: {e.Message}", e);
        }

        return documents;
    }

    /// <summary>The first tab in an indentation, from a line on: the parser names only where the value began in which it found one.</summary>
    private YamlPosition? FirstTab(int from)
    {
        var line = 0;
        foreach (var content in text.AsSpan().EnumerateLines())
        {
            line++;
            var indentation = content[..^content.TrimStart(" \t").Length];
            if (line >= from && indentation.IndexOf('\t') is >= 0 and var tab)
                return new YamlPosition(line, tab + 1);
        }

        return null;
    }

    private void ReadDocuments()
    {
        var start = origin;
        parser.MoveNext();
        while (parser.MoveNext() && parser.Current is DocumentStart header)
        {
            if (!header.IsImplicit)
            {
                start = StartAfterSeparator(header, start);
            }

            var root = trees.ReadDocument();
            var end = parser.Current is DocumentEnd { IsImplicit: false } dots ? NextLine(OffsetOf(dots)) : text.Length;
            documents.Add(new YamlDocument(root, start, end));
            start = end;
        }

        if (documents.Count == 0 && !IsBlank(start, text.Length))
        {
            documents.Add(new YamlDocument(null, start, text.Length));
        }
    }

    /// <summary>Ends what came before a <c>---</c> there; <paramref name="start"/> is where that began if it is not in the list.</summary>
    private int StartAfterSeparator(DocumentStart header, int start)
    {
        var separator = OffsetOf(header);
        if (documents.Count > 0)
        {
            documents[^1] = documents[^1] with { End = separator };
        }
        else if (!IsBlank(start, separator))
        {
            documents.Add(new YamlDocument(null, start, separator));
        }

        if (text[separator] == '%')
        {
            return separator;
        }

        var content = separator + "---".Length;
        var next = NextLine(content);
        return IsBlank(content, next) ? next : content;
    }

    private int OffsetOf(ParsingEvent parsed) => (int)parsed.Start.Index + origin;

    private int NextLine(int from)
    {
        var lineBreak = text.AsSpan(from).IndexOfAny('\r', '\n');
        if (lineBreak < 0)
        {
            return text.Length;
        }

        var next = from + lineBreak;
        return text.AsSpan(next).StartsWith("\r\n") ? next + 2 : next + 1;
    }

    private bool IsBlank(int from, int to) => text.AsSpan(from, to - from).IsWhiteSpace();
}
