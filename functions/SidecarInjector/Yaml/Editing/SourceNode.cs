namespace SidecarInjector.Yaml.Editing;

/// <summary>
/// A node as it stands in a text: from <c>Start</c> to <c>End</c>, both offsets. Unlike <see cref="YamlNode"/>, aliases and merge keys are still there. The
/// end is that of the last visible character; trailing blank lines belong to a node only where they count (<c>|+</c>).
/// </summary>
internal abstract class SourceNode
{
    public required int Start { get; init; }

    public int End { get; set; }

    /// <summary>Where the value starts, behind an anchor and a tag.</summary>
    public required int ContentStart { get; init; }

    public string? Anchor { get; init; }

    /// <summary>The nodes inside, in the order of the text.</summary>
    public virtual IEnumerable<SourceNode> Children => [];

    public IEnumerable<SourceNode> All => Children.SelectMany(c => c.All).Prepend(this);
}

internal sealed class SourceScalar : SourceNode
{
    public required YamlScalar Scalar { get; init; }

    /// <summary>Whether nothing stands there at all: <c>key:</c>.</summary>
    public bool IsBlank => Start == End;
}

internal sealed class SourceAlias : SourceNode
{
    public required string Name { get; init; }
}

/// <summary>A mapping or a list.</summary>
internal abstract class SourceCollection : SourceNode
{
    public required bool IsFlow { get; init; }
}

internal sealed class SourceSequence : SourceCollection
{
    public List<SourceItem> Items { get; } = [];

    public override IEnumerable<SourceNode> Children => Items.Select(i => i.Value);
}

/// <summary>An item of a list, from its dash on in a block.</summary>
internal sealed record SourceItem(int Start, SourceNode Value)
{
    public int End => Math.Max(Start + 1, Value.End);
}

internal sealed class SourceMapping : SourceCollection
{
    public List<SourceEntry> Entries { get; } = [];

    /// <summary>Whether it is a pair in a list without braces, <c>[a: b]</c>.</summary>
    public bool IsBare { get; init; }

    public override IEnumerable<SourceNode> Children => Entries.SelectMany(e => new[] { e.Key, e.Value });
}

/// <summary>An entry of a mapping, from its key or from the <c>?</c> before it. <c>Colon</c> is behind the colon; -1 if there is none.</summary>
internal sealed record SourceEntry(int Start, SourceNode Key, string Name, bool IsMerge, int Colon, SourceNode Value)
{
    public int End => Math.Max(Math.Max(Key.End, Colon), Value.End);
}
