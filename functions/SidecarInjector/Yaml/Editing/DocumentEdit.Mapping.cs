using System.Text.Json.Nodes;

namespace SidecarInjector.Yaml.Editing;

internal sealed partial class DocumentEdit
{
    private void EditMapping(SourceMapping node, Slot slot, JsonObject before, JsonObject after, int level)
    {
        var (merged, beaten) = anchors.Merge(node);
        var keepsMerges = merged.All(e => after.ContainsKey(e.Key)) && beaten.All(k => JsonNode.DeepEquals(merged[k], after[k]));
        var written = node.Entries.Where(e => !e.IsMerge).Select(e => e.Name).ToHashSet(StringComparer.Ordinal);
        var added = after.Select(e => e.Key).Where(k => !written.Contains(k) && !(keepsMerges && merged.TryGetPropertyValue(k, out var m) && JsonNode.DeepEquals(m, after[k]))).ToList();
        var gone = node.Entries.Where(e => e.IsMerge ? !keepsMerges : !after.ContainsKey(e.Name)).ToHashSet();
        var renamed = Renames(gone, added, before, after);
        if (gone.Count == node.Entries.Count && !node.IsFlow)
        {
            Write(node, slot, after);
            return;
        }

        foreach (var entry in node.Entries)
        {
            var inner = new Slot(node.IsFlow, entry.Start, entry.Colon, IsItem: false);
            if (gone.Contains(entry))
                Leave(entry, entry.IsMerge ? null : before[entry.Name]);
            else if (entry.IsMerge || beaten.Contains(entry.Name))
                anchors.Register(entry.Value);
            else if (renamed.TryGetValue(entry, out var name))
            {
                edits.Replace(entry.Key.Start, entry.Key.End, KeyText(entry.Key, name, node.IsFlow));
                Edit(entry.Value, inner, before[entry.Name], after[name], level + 1);
            }
            else
                Edit(entry.Value, inner, before[entry.Name], after[entry.Name], level + 1);
        }

        var places = node.Entries.Select(e => new Place(e.Start, e.End, gone.Contains(e))).ToList();
        if (node.IsFlow)
            ChangeFlow(node, places, added.Select(k => (Predecessor(node, gone, renamed, after, k), (FlowElement)((flow, indent) => flow.Entry(k, after[k], indent)))));
        else
            ChangeBlock(node, places, added.Select(k => (Predecessor(node, gone, renamed, after, k), k)), after);
    }

    /// <summary>Writes an element of a flow collection whose lines begin with an indentation.</summary>
    private delegate string FlowElement(FlowText flow, string indent);

    /// <summary>An element of a collection, and whether it is to go.</summary>
    private readonly record struct Place(int Start, int End, bool IsGone);

    /// <summary>
    /// A key that goes and one that comes are one entry under another name if they are the same but for punctuation, or are the only ones and
    /// both hold a mapping: the entry keeps its place and the style of its value.
    /// </summary>
    private static Dictionary<SourceEntry, string> Renames(HashSet<SourceEntry> gone, List<string> added, JsonObject before, JsonObject after)
    {
        var renamed = new Dictionary<SourceEntry, string>();
        foreach (var entry in gone.Where(e => !e.IsMerge).OrderBy(e => e.Start))
        {
            var isOnly = gone.Count - renamed.Count == 1 && added.Count == 1 && renamed.Count == 0;
            var name = added.FirstOrDefault(k => Letters(k) == Letters(entry.Name) && IsLike(before[entry.Name], after[k]))
                ?? added.FirstOrDefault(k => isOnly && before[entry.Name] is JsonObject && after[k] is JsonObject);
            if (name is null)
                continue;
            renamed[entry] = name;
            added.Remove(name);
        }

        gone.ExceptWith(renamed.Keys);
        return renamed;
    }

    private static bool IsLike(JsonNode? one, JsonNode? other) => one is JsonValue == other is JsonValue && one is JsonObject == other is JsonObject;

    private static string Letters(string key) => string.Concat(key.Where(char.IsAsciiLetterOrDigit));

    private string KeyText(SourceNode key, string name, bool inFlow) => key switch
    {
        SourceScalar { Scalar.Style: YamlScalarStyle.DoubleQuoted } => ScalarText.Quote(name),
        SourceScalar { Scalar.Style: YamlScalarStyle.SingleQuoted } => $"'{name.Replace("'", "''", StringComparison.Ordinal)}'",
        _ => inFlow ? style.Flow.Scalar(name) : ScalarText.OnOneLine(name),
    };

    /// <summary>The entry after which a new key comes: that of the key before it, behind every merge, which would win otherwise; the last one without any.</summary>
    private static int Predecessor(SourceMapping node, HashSet<SourceEntry> gone, Dictionary<SourceEntry, string> renamed, JsonObject after, string key)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var lastMerge = -1;
        for (var i = 0; i < node.Entries.Count; i++)
        {
            if (gone.Contains(node.Entries[i]))
                continue;
            if (node.Entries[i].IsMerge)
                lastMerge = i;
            else
                places[renamed.GetValueOrDefault(node.Entries[i], node.Entries[i].Name)] = i;
        }

        var found = places.Count == 0 ? lastMerge : places.Values.Max();
        foreach (var (name, _) in after)
        {
            if (name == key)
                break;
            if (places.TryGetValue(name, out var place))
                found = place;
        }

        return Math.Max(found, lastMerge);
    }

    private void ChangeBlock(SourceMapping node, List<Place> places, IEnumerable<(int After, string Key)> added, JsonObject after)
    {
        var column = SourceText.Column(text, node.Entries[0].Start);
        RemoveBlock(places);
        foreach (var (place, key) in added.ToList())
        {
            insertions.Add(() => edits.Insert(BehindComments(places[place].End, column), style.LineBreak + new string(' ', column) + Entry(key, after[key], column)));
        }
    }

    private string Entry(string key, JsonNode? value, int column)
    {
        if (value is not JsonArray list || !list.Maps().Any(i => i.Text("name") is { } name && removedItems.ContainsKey(name)))
            return Lines(new JsonObject { [key] = value?.DeepClone() }, column);
        var inner = column + style.Layout.ListOffset;
        return $"{ScalarText.OnOneLine(key)}:{string.Concat(list.Select(i => style.LineBreak + (Moved(i, inner) ?? Item(i, inner))))}";
    }

    /// <summary>What a list holds that goes as a whole may come into another.</summary>
    private void Leave(SourceEntry entry, JsonNode? before)
    {
        anchors.Forget(entry.Value);
        if (hasAliases || entry.Value is not SourceSequence { IsFlow: false } list || before is not JsonArray items)
            return;
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is JsonObject map && map.Text("name") is { } name && SourceText.IsFirstInLine(text, list.Items[i].Start))
                removedItems.TryAdd(name, new RemovedItem(list.Items[i], map) { IsInsideRemoved = true });
        }
    }

    /// <summary>What begins its block stands behind a dash; what then comes first moves there.</summary>
    private void RemoveBlock(List<Place> places)
    {
        var first = 0;
        if (places[0].IsGone && !SourceText.IsFirstInLine(text, places[0].Start))
        {
            first = places.FindIndex(p => !p.IsGone);
            edits.Remove(places[0].Start, places[first].Start);
        }

        foreach (var place in places.Skip(first).Where(p => p.IsGone))
            RemoveLines(place.Start, place.End);
    }

    private static int FlowStart(SourceCollection node) => node.Children.FirstOrDefault()?.Start ?? node.ContentStart;

    /// <summary>Takes elements and adds others, with their commas; -1 is the place before the first.</summary>
    private void ChangeFlow(SourceCollection node, List<Place> places, IEnumerable<(int After, FlowElement Write)> added)
    {
        var flow = style.FlowAt(FlowStart(node));
        var additions = added.ToList();
        var kept = places.FindIndex(p => !p.IsGone);
        if (kept < 0)
        {
            ChangeAllOfFlow(node, places, additions.Select(a => a.Write));
            return;
        }

        var indent = style.IndentAt(places[0].Start);
        if (kept > 0)
            edits.Remove(places[0].Start, places[kept].Start);
        for (var i = kept + 1; i < places.Count; i++)
        {
            if (places[i].IsGone)
                edits.Remove(places[i - 1].End, places[i].End);
        }

        foreach (var (place, write) in additions)
        {
            if (place < kept)
                edits.Insert(places[kept > 0 ? 0 : kept].Start, write(flow, indent) + flow.Separator(indent));
            else
                edits.Insert(places[place].End, flow.Separator(indent) + write(flow, indent));
        }
    }

    private void ChangeAllOfFlow(SourceCollection node, List<Place> places, IEnumerable<FlowElement> additions)
    {
        var flow = style.FlowAt(FlowStart(node));
        var (open, close) = (node.ContentStart + 1, node.End - 1);
        var writes = additions.ToList();
        if (writes.Count == 0)
            edits.Remove(open, close);
        else if (places.Count > 0)
        {
            var indent = style.IndentAt(places[0].Start);
            edits.Replace(places[0].Start, places[^1].End, string.Join(flow.Separator(indent), writes.Select(w => w(flow, indent))));
        }
        else
        {
            var outer = style.IndentAt(node.Start);
            var isOnManyLines = style.Flow.IsJson && text.AsSpan().TrimEnd().Contains('\n');
            var many = isOnManyLines ? style.Flow with { LineBreak = style.LineBreak } : style.Flow;
            var inner = outer + style.Flow.Step;
            var elements = string.Join(many.Separator(inner), writes.Select(w => w(many, inner)));
            edits.Replace(open, close, isOnManyLines ? $"{style.LineBreak}{inner}{elements}{style.LineBreak}{outer}" : elements);
        }
    }
}
