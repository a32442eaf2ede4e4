using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SidecarInjector.Yaml;

/// <summary>
/// Makes a tree from the parser's events. The limits are checked at each event, before anything is read ahead, so that
/// the cost of a hostile text stays within them.
/// </summary>
internal sealed class YamlTreeBuilder(Parser parser, YamlLimits limits)
{
    private const string StandardTagPrefix = "tag:yaml.org,2002:";

    private readonly Dictionary<string, Anchor> anchors = [];
    private YamlPosition latest = new(1, 1);
    private long nodes;

    /// <summary>Reads from the document's start to its end event, where the parser then stands.</summary>
    public YamlNode? ReadDocument()
    {
        anchors.Clear();
        parser.MoveNext();
        var isEmpty = parser.Current is Scalar { Value: "", Style: ScalarStyle.Plain, Anchor.IsEmpty: true, Tag.IsEmpty: true };
        var root = ReadNode(depth: 0);
        return isEmpty ? null : root;
    }

    /// <summary>Reads the node whose first event is current, and moves behind it.</summary>
    private YamlNode ReadNode(int depth)
    {
        var start = parser.Current ?? throw new InvalidOperationException("the text ends inside a document");
        latest = PositionOf(start, depth);
        if (start is AnchorAlias alias)
        {
            return ReadAlias(alias, depth);
        }

        Count(1);
        var anchor = Open(start);
        YamlNode node = start switch
        {
            Scalar scalar => ReadScalar(scalar),
            SequenceStart sequence => ReadSequence(sequence, Deeper(depth)),
            MappingStart mapping => ReadMapping(mapping, Deeper(depth)),
            _ => throw new InvalidOperationException($"expected a value, but there is {start}"),
        };
        anchor?.Node = node;
        parser.MoveNext();
        return node;
    }

    /// <summary>The parser gives no place to the mapping of a pair in a flow sequence, <c>[a: b]</c>: it gets the last node's.</summary>
    private YamlPosition PositionOf(ParsingEvent start, int depth) =>
        start is MappingStart { Start.Index: 0 } && depth > 0 ? latest : YamlPosition.Of(start.Start);

    private YamlScalar ReadScalar(Scalar scalar)
    {
        var style = scalar.Style switch
        {
            ScalarStyle.SingleQuoted => YamlScalarStyle.SingleQuoted,
            ScalarStyle.DoubleQuoted => YamlScalarStyle.DoubleQuoted,
            ScalarStyle.Literal => YamlScalarStyle.Literal,
            ScalarStyle.Folded => YamlScalarStyle.Folded,
            _ => YamlScalarStyle.Plain,
        };
        return new YamlScalar(latest, scalar.Value, style, TagOf(scalar));
    }

    private YamlSequence ReadSequence(SequenceStart start, int depth)
    {
        var position = latest;
        RefuseTagOtherThan("!!seq", start);
        var items = new List<YamlNode>();
        parser.MoveNext();
        while (parser.Current is not SequenceEnd)
        {
            items.Add(ReadNode(depth));
        }

        return new YamlSequence(position, items);
    }

    private YamlMapping ReadMapping(MappingStart start, int depth)
    {
        var position = latest;
        RefuseTagOtherThan("!!map", start);
        var entries = new YamlEntries();
        parser.MoveNext();
        while (parser.Current is not MappingEnd)
        {
            var key = ReadKey(depth);
            entries.Add(key, ReadNode(depth));
        }

        return new YamlMapping(position, entries.Entries);
    }

    private YamlScalar ReadKey(int depth)
    {
        var key = ReadNode(depth);
        return key as YamlScalar
            ?? throw new YamlFormatException(key.Position, "expected a scalar as a mapping's key, but there is a mapping or list");
    }

    private YamlNode ReadAlias(AnchorAlias alias, int depth)
    {
        if (!anchors.TryGetValue(alias.Value.Value, out var anchor))
        {
            throw Failure($"the alias *{alias.Value} has no anchor &{alias.Value} before it");
        }

        if (anchor.Node is not { } node)
        {
            throw Failure($"the value of the anchor &{alias.Value} contains itself");
        }

        Count(node.Size);
        if (depth + node.Height > limits.MaxDepth)
        {
            throw TooDeep();
        }

        parser.MoveNext();
        return node;
    }

    /// <summary>Like libyaml, an anchor holds from its node's start on, so a second one of its name inside wins.</summary>
    private Anchor? Open(ParsingEvent start)
    {
        if (start is not NodeEvent { Anchor.IsEmpty: false } node)
        {
            return null;
        }

        return anchors[node.Anchor.Value] = new Anchor();
    }

    private void Count(int added)
    {
        nodes += added;
        if (nodes > limits.MaxNodes)
        {
            throw Failure($"expected at most {limits.MaxNodes} values in all with aliases expanded, but there are more");
        }
    }

    private int Deeper(int depth) => depth < limits.MaxDepth ? depth + 1 : throw TooDeep();

    private YamlFormatException TooDeep() =>
        Failure($"expected at most {limits.MaxDepth} mappings and lists inside each other, but there are more");

    private void RefuseTagOtherThan(string tag, NodeEvent start)
    {
        if (TagOf(start) is { } found and not "!" && found != tag)
        {
            throw Failure($"expected the tag {tag} or none, but there is {found}");
        }
    }

    internal static string? TagOf(NodeEvent node)
    {
        if (node.Tag.IsEmpty)
        {
            return null;
        }

        var tag = node.Tag.Value;
        return tag.StartsWith(StandardTagPrefix, StringComparison.Ordinal) ? $"!!{tag[StandardTagPrefix.Length..]}" : tag;
    }

    /// <summary>A failure over the node that was begun last.</summary>
    private YamlFormatException Failure(string message) => new(latest, message);

    private sealed class Anchor
    {
        public YamlNode? Node { get; set; }
    }
}
