using System.Text.Json.Nodes;
using SidecarInjector.Patching;

namespace SidecarInjector.Yaml.Editing;

internal sealed partial class DocumentEdit
{
    /// <summary>An item that leaves its list, and perhaps comes into another, as a container does that becomes an init container.</summary>
    private sealed class RemovedItem(SourceItem item, JsonObject value)
    {
        public SourceItem Item { get; } = item;

        public JsonObject Value { get; } = value;

        public bool IsMoved { get; set; }

        /// <summary>Whether the whole list goes, so that nothing has to be taken out of it.</summary>
        public bool IsInsideRemoved { get; init; }
    }

    private void EditSequence(SourceSequence node, Slot slot, JsonArray before, JsonArray after, int level)
    {
        if (after.Count == 0 && !node.IsFlow)
        {
            Write(node, slot, after);
            return;
        }

        var partners = Partners(before, after);
        var targets = new int[before.Count];
        Array.Fill(targets, -1);
        for (var i = 0; i < partners.Length; i++)
        {
            if (partners[i] >= 0)
                targets[partners[i]] = i;
        }

        for (var i = 0; i < node.Items.Count; i++)
        {
            var item = node.Items[i];
            if (targets[i] >= 0)
                Edit(item.Value, new Slot(node.IsFlow, item.Start, node.IsFlow ? item.Start : item.Start + 1, IsItem: !node.IsFlow), before[i], after[targets[i]], level + 1);
            else
                anchors.Forget(item.Value);
        }

        if (node.IsFlow)
            ChangeFlow(node, [.. node.Items.Select((item, i) => new Place(item.Start, item.End, targets[i] < 0))], Added(partners, after)
                .Select(a => (a.After, (FlowElement)((flow, indent) => flow.Write(a.Value, indent)))));
        else
            ChangeBlock(node, targets, before, Added(partners, after));
    }

    /// <summary>For each item the one that it was, or -1. Where items have no identity, those that changed in the same place are the same.</summary>
    private static int[] Partners(JsonArray before, JsonArray after)
    {
        var (old, current) = (new ListWindow(before, 0, before.Count), new ListWindow(after, 0, after.Count));
        var alignment = ListAlignment.Of(old, current);
        var partners = new int[after.Count];
        for (var i = 0; i < partners.Length; i++)
            partners[i] = alignment.PartnerOf(i);
        if (!alignment.HasIdentity)
            PairGaps(partners, before.Count);
        return partners;
    }

    private static void PairGaps(int[] partners, int count)
    {
        var (start, next) = (0, 0);
        for (var i = 0; i <= partners.Length; i++)
        {
            if (i < partners.Length && partners[i] < 0)
                continue;
            var end = i < partners.Length ? partners[i] : count;
            for (var j = start; j < i && next < end; j++)
                partners[j] = next++;
            (start, next) = (i + 1, end + 1);
        }
    }

    /// <summary>What comes, and the index of the old item after which it comes; -1 is the place before the first.</summary>
    private static IEnumerable<(int After, JsonNode? Value)> Added(int[] partners, JsonArray after)
    {
        var last = -1;
        for (var i = 0; i < partners.Length; i++)
        {
            if (partners[i] >= 0)
                last = partners[i];
            else
                yield return (last, after[i]);
        }
    }

    private void ChangeBlock(SourceSequence node, int[] targets, JsonArray before, IEnumerable<(int After, JsonNode? Value)> added)
    {
        var column = SourceText.Column(text, node.Items[0].Start);
        for (var i = 0; i < targets.Length; i++)
        {
            if (targets[i] >= 0)
                continue;
            var item = node.Items[i];
            if (!SourceText.IsFirstInLine(text, item.Start))
                isImpossible = true;
            else if (before[i] is JsonObject map && map.Text("name") is { } name && !hasAliases && removedItems.TryAdd(name, new RemovedItem(item, map)))
                continue;
            else
                RemoveLines(item.Start, item.End);
        }

        foreach (var (after, value) in added.ToList())
            insertions.Add(() => InsertItem(node, after, column, value));
    }

    private void InsertItem(SourceSequence node, int after, int column, JsonNode? value)
    {
        var at = after >= 0 ? BehindComments(node.Items[after].End, column) : BeforeFirst(node);
        if (at < 0)
        {
            isImpossible = true;
            return;
        }

        edits.Insert(at, style.LineBreak + (Moved(value, column) ?? Item(value, column)));
    }

    /// <summary>The end of the line at an offset, or of the comments below it that are indented deeper than a column: they belong to what stands there.</summary>
    private int BehindComments(int offset, int column)
    {
        var found = SourceText.LineEnd(text, offset);
        for (var end = found; end < text.Length;)
        {
            var start = end + (text.AsSpan(end).StartsWith("\r\n", StringComparison.Ordinal) ? 2 : 1);
            end = SourceText.LineEnd(text, start);
            var line = text.AsSpan(start, end - start);
            var trimmed = line.TrimStart(' ');
            if (trimmed is ['#', ..] && line.Length - trimmed.Length > column)
                found = end;
            else if (!trimmed.IsWhiteSpace())
                break;
        }

        return found;
    }

    private string Item(JsonNode? value, int column)
        => new string(' ', column) + Lines(new JsonArray(value?.DeepClone()), column);

    /// <summary>The end of the line after which a list's lines begin, before comments that stand above the first item; -1 if it begins in the middle of a line.</summary>
    private int BeforeFirst(SourceSequence node)
    {
        if (!SourceText.IsFirstInLine(text, node.Items[0].Start))
            return -1;
        return SourceText.BeforeBreak(text, WithCommentsAbove(node.Items[0].Start, column: -1));
    }

    /// <summary>The start of the first of the comment lines right above a line; with a column only of those that begin there.</summary>
    private int WithCommentsAbove(int offset, int column)
    {
        var start = SourceText.LineStart(text, offset);
        while (SourceText.BeforeBreak(text, start) is >= 0 and var end)
        {
            var above = SourceText.LineStart(text, end);
            var line = text.AsSpan(above, end - above);
            var trimmed = line.TrimStart();
            var isComment = trimmed is ['#', ..] && (column < 0 || line.Length - trimmed.Length == column);
            if (!isComment && !(column < 0 && trimmed.IsEmpty && above > 0))
                break;
            start = above;
        }

        return start;
    }

    /// <summary>The lines of an item that was taken from elsewhere, with the comments above it, changed into what it is now; null if there is none of its name.</summary>
    private string? Moved(JsonNode? value, int column)
    {
        if (value is not JsonObject map || map.Text("name") is not { } name || !removedItems.TryGetValue(name, out var removed) || removed.IsMoved)
            return null;
        var item = removed.Item;
        var (from, to) = (WithCommentsAbove(item.Start, SourceText.Column(text, item.Start)), SourceText.LineEnd(text, item.End));
        var edit = new DocumentEdit(text, item.Value, depth, style, hasAliases);
        edit.Edit(item.Value, new Slot(InFlow: false, item.Start, item.Start + 1, IsItem: true), removed.Value, map, 0);
        if (SourceText.BeforeBreak(text, from) < 0 || edit.Finish(from, to) is not { } lines)
            return null;
        removed.IsMoved = true;
        if (!removed.IsInsideRemoved)
            edits.Remove(SourceText.BeforeBreak(text, from), to);
        return Shift(lines, column - SourceText.Column(text, item.Start));
    }

    private static string Shift(string lines, int by)
    {
        if (by == 0)
            return lines;
        return string.Join('\n', lines.Split('\n').Select(l => l.AsSpan().Trim().IsEmpty ? l
            : by > 0 ? new string(' ', by) + l : l.StartsWith(new string(' ', -by), StringComparison.Ordinal) ? l[-by..] : l));
    }
}
