namespace SidecarInjector.Yaml;

/// <summary>
/// One node of a YAML document. The tree is immutable; an alias is the very node that it names, so a tree may share
/// nodes, but it never has cycles.
/// </summary>
public abstract class YamlNode
{
    private protected YamlNode(YamlPosition position, int size, int height)
    {
        Position = position;
        Size = size;
        Height = height;
    }

    public YamlPosition Position { get; }

    /// <summary>Nodes in this subtree with every alias expanded.</summary>
    internal int Size { get; }

    /// <summary>Collections inside each other: 0 for a scalar.</summary>
    internal int Height { get; }
}

/// <summary>A mapping without duplicate keys, in the order of the text; merge keys (<c>&lt;&lt;</c>) are already applied.</summary>
public sealed class YamlMapping : YamlNode
{
    internal YamlMapping(YamlPosition position, IReadOnlyList<YamlEntry> entries)
        : base(position, 1 + entries.Sum(e => 1 + e.Value.Size), 1 + entries.Select(e => e.Value.Height).DefaultIfEmpty().Max())
        => Entries = entries;

    public IReadOnlyList<YamlEntry> Entries { get; }
}

/// <summary>Keys are scalars: JSON has no others, and kubectl refuses them too.</summary>
public sealed record YamlEntry(YamlScalar Key, YamlNode Value);

public sealed class YamlSequence : YamlNode
{
    internal YamlSequence(YamlPosition position, IReadOnlyList<YamlNode> items)
        : base(position, 1 + items.Sum(i => i.Size), 1 + items.Select(i => i.Height).DefaultIfEmpty().Max())
        => Items = items;

    public IReadOnlyList<YamlNode> Items { get; }
}

/// <summary>A scalar as it was written, unescaped and unfolded but not yet resolved (<see cref="YamlResolver"/>).</summary>
public sealed class YamlScalar : YamlNode
{
    internal YamlScalar(YamlPosition position, string text, YamlScalarStyle style, string? tag)
        : base(position, size: 1, height: 0)
    {
        Text = text;
        Style = style;
        Tag = tag;
    }

    public string Text { get; }

    public YamlScalarStyle Style { get; }

    /// <summary>The tag that stands in the text, its standard ones in their short form (<c>!!str</c>); null without one.</summary>
    public string? Tag { get; }
}

public enum YamlScalarStyle
{
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}
