using System.Text.Json;
using System.Text.Json.Nodes;

namespace SidecarInjector.Yaml.Editing;

/// <summary>One attempt at changing a document: what is deeper than <c>depth</c> is written anew as a whole where it differs.</summary>
internal sealed partial class DocumentEdit
{
    private readonly string text;
    private readonly SourceNode root;
    private readonly int depth;
    private readonly TextEdits edits;
    private readonly TextStyle style;
    private readonly Anchors anchors = new();
    private readonly bool hasAliases;
    private readonly List<Action> insertions = [];
    private readonly Dictionary<string, RemovedItem> removedItems = new(StringComparer.Ordinal);
    private bool isImpossible;

    public DocumentEdit(string text, SourceNode root, int depth) : this(text, root, depth, TextStyle.Of(text, root), root.All.OfType<SourceAlias>().Any())
    {
    }

    private DocumentEdit(string text, SourceNode root, int depth, TextStyle style, bool hasAliases)
        => (this.text, this.root, this.depth, this.style, this.hasAliases, edits) = (text, root, depth, style, hasAliases, new TextEdits(text));

    /// <summary>The new text; null if this attempt cannot express the change.</summary>
    public string? Apply(JsonNode? before, JsonNode? after)
    {
        Edit(root, new Slot(root is SourceCollection { IsFlow: true }, root.Start, -1, IsItem: false), before, after, 0);
        return Finish(0, text.Length);
    }

    /// <summary>Insertions come last: what they bring may be what was taken away elsewhere.</summary>
    private string? Finish(int from, int to)
    {
        foreach (var insert in insertions)
            insert();
        foreach (var removed in removedItems.Values.Where(r => r is { IsMoved: false, IsInsideRemoved: false }))
            RemoveLines(removed.Item.Start, removed.Item.End);
        return isImpossible ? null : edits.Apply(from, to);
    }

    /// <summary>Where a value stands: in a flow collection or a block, whose column is that of the key or dash, and the offset behind colon or dash.</summary>
    private readonly record struct Slot(bool InFlow, int Owner, int After, bool IsItem);

    private void Edit(SourceNode node, Slot slot, JsonNode? before, JsonNode? after, int level)
    {
        var isSame = JsonNode.DeepEquals(before, after);
        if (isSame && !hasAliases)
            return;
        if (node is SourceAlias alias)
        {
            if (!anchors.Means(alias, after))
                Write(node, slot, after);
            return;
        }

        if ((isSame || level < depth) && node is SourceMapping { IsBare: false } mapping && before is JsonObject oldMap && after is JsonObject newMap)
            EditMapping(mapping, slot, oldMap, newMap, level);
        else if ((isSame || level < depth) && node is SourceSequence sequence && before is JsonArray oldList && after is JsonArray newList)
            EditSequence(sequence, slot, oldList, newList, level);
        else if (isSame)
            anchors.Register(node);
        else
            Write(node, slot, after);
        anchors.Set(node.Anchor, after);
    }

    /// <summary>Writes a value in the place of a node.</summary>
    private void Write(SourceNode node, Slot slot, JsonNode? value)
    {
        anchors.Forget(node);
        if (slot.InFlow)
            WriteInFlow(node, slot, value);
        else if (YamlWriter.IsBlock(value))
            WriteBlock(node, slot, value!);
        else
            WriteOnOneLine(node, slot, value);
    }

    private void WriteInFlow(SourceNode node, Slot slot, JsonNode? value)
    {
        var written = value?.GetValueKind() == JsonValueKind.String && !style.Flow.IsJson && node is SourceScalar scalar
            ? ScalarIn(scalar, value, slot) : style.FlowAt(slot.Owner).Write(value, style.IndentAt(slot.Owner));
        if (node is SourceScalar { IsBlank: true })
            edits.Insert(node.Start, slot.After < 0 ? $": {written}" : char.IsWhiteSpace(text[node.Start - 1]) ? written : $" {written}");
        else
            edits.Replace(ValueStart(node), node.End, written);
    }

    private void WriteOnOneLine(SourceNode node, Slot slot, JsonNode? value)
    {
        if (node is SourceScalar { IsBlank: false } scalar)
            edits.Replace(ValueStart(node), node.End, ScalarIn(scalar, value, slot));
        else if (slot.After < 0)
            edits.Replace(node.Start, node.End, ScalarText.OnOneLine(value));
        // Nothing at all is how people write null where a block could stand.
        else if (value is null && node is SourceCollection)
            edits.Remove(slot.After, node.End);
        else if (node is SourceScalar || node is SourceCollection { IsFlow: false })
            edits.Replace(slot.After, node.End, $" {ScalarText.OnOneLine(value)}");
        else
            edits.Replace(node.Start, node.End, ScalarText.OnOneLine(value));
    }

    private void WriteBlock(SourceNode node, Slot slot, JsonNode value)
    {
        if (slot.After < 0)
        {
            edits.Replace(node.Start, node.End, Lines(value, 0));
            return;
        }

        var owner = SourceText.Column(text, slot.Owner);
        if (slot.IsItem)
        {
            edits.Replace(slot.After, node.End, $" {Lines(value, owner + "- ".Length)}");
            return;
        }

        var column = owner + (value is JsonArray ? style.Layout.ListOffset : style.Layout.Step);
        var block = style.LineBreak + new string(' ', column) + Lines(value, column);
        if (node is SourceCollection { IsFlow: false })
        {
            edits.Replace(slot.After, node.End, block);
            return;
        }

        edits.Remove(slot.After, node.End);
        // A comment may stand behind what was there.
        edits.Insert(SourceText.LineEnd(text, node.End), block);
    }

    private string Lines(JsonNode value, int column) => style.Break(YamlWriter.WriteBlock(value, style.Layout, column));

    /// <summary>Where the text that a value replaces begins: a tag goes with it, an anchor of a scalar stays.</summary>
    private static int ValueStart(SourceNode node) => node is SourceScalar { Scalar.Tag: null } ? node.ContentStart : node.Start;

    /// <summary>A scalar in the quotes of the one that stood there.</summary>
    private string ScalarIn(SourceScalar old, JsonNode? value, Slot slot)
    {
        if (value?.GetValueKind() != JsonValueKind.String)
            return ScalarText.OnOneLine(value);
        var content = ScalarText.StringOf(value);
        switch (old.Scalar.Style)
        {
            case YamlScalarStyle.DoubleQuoted:
                return ScalarText.Quote(content);
            case YamlScalarStyle.SingleQuoted when content.All(c => ScalarText.IsPrintable(c) || char.IsSurrogate(c)):
                return $"'{content.Replace("'", "''", StringComparison.Ordinal)}'";
            case YamlScalarStyle.Literal or YamlScalarStyle.Folded when ScalarText.TryLiteral(content, style.Layout.Step, out var header, out var lines):
                var indent = new string(' ', SourceText.Column(text, slot.Owner) + style.Layout.Step);
                return style.Break($"{header}\n{string.Join('\n', lines.Select(l => l.Length == 0 ? "" : indent + l))}");
            default:
                return slot.InFlow ? style.Flow.Scalar(content) : ScalarText.OnOneLine(content);
        }
    }

    /// <summary>Takes whole lines away, with the line break before them, so that a last line without one leaves no trace.</summary>
    private void RemoveLines(int start, int end)
    {
        var lineStart = SourceText.LineStart(text, start);
        var (from, to) = (SourceText.BeforeBreak(text, lineStart), SourceText.LineEnd(text, end));
        if (!SourceText.IsFirstInLine(text, start))
            isImpossible = true;
        else if (from >= 0)
            edits.Remove(from, to);
        else
            edits.Remove(0, Math.Min(text.Length, to + style.LineBreak.Length));
    }
}
