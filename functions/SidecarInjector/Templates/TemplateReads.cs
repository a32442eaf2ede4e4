namespace SidecarInjector.Templates;

/// <summary>
/// What a template's text reads, whichever of its branches a rendering takes: paths of the values (without <c>values.</c>), annotations and labels, and for annotations
/// that stand in for a value, which value.
/// </summary>
internal sealed class TemplateReads
{
    private readonly SortedSet<string> values = new(StringComparer.Ordinal);
    private readonly SortedSet<string> annotations = new(StringComparer.Ordinal);
    private readonly SortedSet<string> labels = new(StringComparer.Ordinal);
    private readonly List<(string Annotation, string Value)> standIns = [];

    public IReadOnlySet<string> Values => values;

    public IReadOnlySet<string> Annotations => annotations;

    public IReadOnlySet<string> Labels => labels;

    /// <summary>An annotation that is there wins over the value: <c>annotation metadata NAME values.PATH</c>.</summary>
    public IReadOnlyList<(string Annotation, string Value)> StandIns => standIns;

    public static TemplateReads Of(string text, IReadOnlyList<TemplateSource> partials)
    {
        var reads = new TemplateReads();
        reads.Add(text, partials);
        return reads;
    }

    private void Add(string text, IReadOnlyList<TemplateSource> partials)
    {
        foreach (var tag in TemplateScanner.Scan(text, (_, _) => { }))
        {
            // A part includes no other part, so this ends.
            if (tag.Kind == TagKind.Partial && partials.FirstOrDefault(p => p.Name == tag.Name) is { } partial)
                Add(partial.Text, []);
            for (var at = 0; at < tag.Words.Count; at++)
                Add(tag.Words, at);
        }
    }

    private void Add(IReadOnlyList<TagWord> words, int at)
    {
        if (words[at].Kind != WordKind.Path)
            return;
        var path = Rooted(words[at].Text);
        if (path.StartsWith("values.", StringComparison.Ordinal))
            values.Add(path["values.".Length..]);
        else if (path.StartsWith("metadata.annotations.", StringComparison.Ordinal))
            annotations.Add(path["metadata.annotations.".Length..].Trim('[', ']'));
        else if (path.StartsWith("metadata.labels.", StringComparison.Ordinal))
            labels.Add(path["metadata.labels.".Length..].Trim('[', ']'));
        else if (at + 1 < words.Count && words[at + 1] is { Kind: WordKind.Text, Text: var name })
            AddNamed(path, name, words, at);
    }

    /// <summary>A map followed by a text: an argument list that reads that entry.</summary>
    private void AddNamed(string path, string name, IReadOnlyList<TagWord> words, int at)
    {
        if (path == "metadata.labels")
            labels.Add(name);
        else if (path == "metadata.annotations" || (path == "metadata" && at > 0 && words[at - 1].Text == "annotation"))
            annotations.Add(name);
        if (path == "metadata" && at + 2 < words.Count && Rooted(words[at + 2].Text) is var fallback && fallback.StartsWith("values.", StringComparison.Ordinal))
            standIns.Add((name, fallback["values.".Length..]));
    }

    private static string Rooted(string path)
    {
        while (path.StartsWith("../", StringComparison.Ordinal))
            path = path[3..];
        return path.StartsWith("@root.", StringComparison.Ordinal) ? path[6..] : path;
    }
}
