using SidecarInjector.Templates.Functions;
using SidecarInjector.Templates.Rendering;

namespace SidecarInjector.Templates;

/// <summary>
/// Checks the tags of one template before Handlebars compiles it: limits, balance of blocks, names and argument counts of functions, names
/// of the data.
/// </summary>
internal sealed class TemplateChecker(string file, string text, TemplateLimits limits, TemplateOptions options)
{
    private readonly List<TemplateProblem> problems = [];
    private readonly Stack<OpenBlock> open = new();
    private int contexts;

    private sealed record OpenBlock(TemplateTag Tag, string Name)
    {
        public int ElseIfs { get; set; }

        public bool HasElse { get; set; }

        /// <summary>Inside these blocks a bare name is looked up in the item, so nothing can be said of it here.</summary>
        public bool ChangesContext => Name is "each" or "with";
    }

    /// <summary>Every mistake of the text, in its order; empty if Handlebars may compile it.</summary>
    public static IReadOnlyList<TemplateProblem> Check(string file, string text, TemplateLimits limits, TemplateOptions options,
        out IReadOnlyList<TemplateTag> tags)
    {
        var checker = new TemplateChecker(file, text, limits, options);
        tags = checker.CheckSize() ? TemplateScanner.Scan(text, checker.ReportScan) : [];
        checker.CheckTags(tags);
        return [.. checker.problems.OrderBy(p => p.Line).ThenBy(p => p.Column)];
    }

    private bool CheckSize()
    {
        if (text.Length > limits.TextLength)
            Report(0, $"the template has {text.Length} characters; at most {limits.TextLength} are allowed");
        var slot = text.AsSpan().IndexOfAny(RenderBuffer.SlotStart, RenderBuffer.SlotEnd);
        if (slot >= 0)
            Report(slot, $"the character U+{(int)text[slot]:X4} is reserved for the renderer; remove it");
        return problems.Count == 0;
    }

    private void CheckTags(IReadOnlyList<TemplateTag> tags)
    {
        if (tags.Count > limits.Tags)
            Report(tags[limits.Tags].Start, $"the template has {tags.Count} tags; at most {limits.Tags} are allowed");
        foreach (var tag in tags)
            CheckTag(tag);
        foreach (var block in open.Reverse())
            Report(block.Tag.Start, $"the block {{{{#{block.Name}}}}} is not closed; expected {{{{/{block.Name}}}}}");
    }

    private void CheckTag(TemplateTag tag)
    {
        switch (tag.Kind)
        {
            case TagKind.BlockOpen:
                Open(tag);
                break;
            case TagKind.BlockElse:
                Else(tag);
                break;
            case TagKind.BlockClose:
                Close(tag);
                break;
            case TagKind.Partial:
                CheckPartial(tag);
                break;
            case TagKind.Expression when tag.Words.Count > 0:
                CheckCall(tag.Words, 0, tag.Words.Count);
                break;
            default:
                break;
        }
    }

    private void Open(TemplateTag tag)
    {
        if (tag.Name is not ("if" or "unless" or "each" or "with") || text[tag.Start + 2] == '^')
            Report(tag.Start, $"'{tag.Name}' is not a block; expected {{{{#if}}}}, {{{{#unless}}}}, {{{{#each}}}} or {{{{#with}}}}");
        else
            CheckBlockArgument(tag, 1);
        open.Push(new OpenBlock(tag, tag.Name));
        CheckDepth(tag);
        if (open.Peek().ChangesContext)
            contexts++;
    }

    private void CheckDepth(TemplateTag tag)
    {
        if (open.Sum(b => 1 + b.ElseIfs) == limits.BlockDepth + 1)
            Report(tag.Start, $"blocks are nested more than {limits.BlockDepth} deep (an else if counts as one level)");
    }

    private void Else(TemplateTag tag)
    {
        if (!open.TryPeek(out var block))
        {
            Report(tag.Start, "{{else}} stands outside of a block");
            return;
        }
        if (block.HasElse)
            Report(tag.Start, $"the block {{{{#{block.Name}}}}} has an {{{{else}}}} already");
        if (tag.Words.Count <= 1)
            block.HasElse = true;
        else if (tag.Words[1].Text == "if")
        {
            block.ElseIfs++;
            CheckDepth(tag);
            CheckBlockArgument(tag, 2);
        }
        else
            Report(tag.Start, $"'else {tag.Words[1].Text}' is not supported; expected {{{{else}}}} or {{{{else if …}}}}");
    }

    private void Close(TemplateTag tag)
    {
        if (!open.TryPop(out var block))
            Report(tag.Start, $"{{{{/{tag.Name}}}}} closes no block");
        else if (block.Name != tag.Name)
            Report(tag.Start, $"expected {{{{/{block.Name}}}}} for the block opened in line {TextPlace.Of(text, block.Tag.Start).Line}, found {{{{/{tag.Name}}}}}");
        if (block is { ChangesContext: true })
            contexts--;
    }

    private void CheckPartial(TemplateTag tag)
    {
        if (tag.Words is not [{ Kind: WordKind.Path or WordKind.Text } name])
            Report(tag.Start, "expected {{> name}}; a part is given neither a context nor arguments");
        else if (!options.Partials.Contains(name.Text))
            Report(tag.Start, $"there is no part '{name.Text}'; known: {Names(options.Partials)}");
    }

    /// <summary><c>#if</c> and its kin take one value: a path, a literal or a call in parentheses.</summary>
    private void CheckBlockArgument(TemplateTag tag, int from)
    {
        var to = tag.Words.Count;
        while (to > from && tag.Words[to - 1].Kind == WordKind.BlockParameters)
            to = tag.Words[to - 2] is { Text: "as" } ? to - 2 : to - 1;
        var values = CheckArguments(tag.Words, from, to, 1);
        if (values != 1)
            Report(tag.Start, $"{{{{#{tag.Name}}}}} takes one value, found {values}; a call needs parentheses: {{{{#{tag.Name} (eq a b)}}}}");
    }

    /// <summary>Checks <c>function argument…</c> or a lone value, in words[from..to].</summary>
    private void CheckCall(IReadOnlyList<TagWord> words, int from, int to, int depth = 1)
    {
        var name = words[from];
        var function = name.Kind == WordKind.Path ? options.Functions.Find(name.Text) : null;
        var arguments = CheckArguments(words, from + 1, to, depth);
        if (function is not null)
            CheckCount(function, arguments, name.Offset);
        else if (to - from > 1 || depth > 1)
            Report(name.Offset, $"there is no function '{name.Text}'{Suggestion(name.Text, options.Functions.Names)}");
        else
            CheckPath(name);
    }

    private void CheckCount(TemplateFunction function, int count, int offset)
    {
        if (count < function.MinimumArguments || count > function.MaximumArguments)
            Report(offset, $"{function.Name} takes {function.ArgumentsText}, found {count}; usage: {function.Usage}");
    }

    /// <summary>Checks each argument in words[from..to] and returns how many there are.</summary>
    private int CheckArguments(IReadOnlyList<TagWord> words, int from, int to, int depth)
    {
        var count = 0;
        for (var at = from; at < to; at++, count++)
        {
            switch (words[at].Kind)
            {
                case WordKind.Open:
                    at = CheckParentheses(words, at, to, depth);
                    break;
                case WordKind.Close:
                    Report(words[at].Offset, "')' closes nothing");
                    break;
                case WordKind.HashKey:
                    Report(words[at].Offset, $"named arguments ({words[at].Text}=…) are not supported");
                    break;
                case WordKind.Path:
                    CheckPath(words[at]);
                    break;
                default:
                    break;
            }
        }
        return count;
    }

    private int CheckParentheses(IReadOnlyList<TagWord> words, int at, int to, int depth)
    {
        var end = FindClose(words, at, to);
        if (end < 0)
        {
            Report(words[at].Offset, "'(' is not closed");
            return to;
        }
        if (depth >= limits.ExpressionDepth)
            Report(words[at].Offset, $"parentheses are nested more than {limits.ExpressionDepth} deep");
        else if (end == at + 1)
            Report(words[at].Offset, "the parentheses are empty; expected a function call");
        else
            CheckCall(words, at + 1, end, depth + 1);
        return end;
    }

    private static int FindClose(IReadOnlyList<TagWord> words, int at, int to)
    {
        for (var depth = 0; at < to; at++)
        {
            if (words[at].Kind == WordKind.Open)
                depth++;
            else if (words[at].Kind == WordKind.Close && --depth == 0)
                return at;
        }
        return -1;
    }

    /// <summary>The first name of a path must be one of the data's; inside each and with only what starts at @root can be checked.</summary>
    private void CheckPath(TagWord word)
    {
        var path = word.Text;
        if (path is "true" or "false" or "null" or "undefined" || word.Kind != WordKind.Path)
            return;
        if (path.Length > 1 && path[0] == '.' && char.IsLetter(path[1]))
            Report(word.Offset, $"the path '{path}' begins with a dot; expected {path[1..]}");
        var parsed = TemplatePath.Parse(path);
        if (parsed.LeadsUpLate)
            Report(word.Offset, $"the path '{path}' has .. behind a name; it leads up only at the start of a path");
        if (parsed.Variable is { } variable && !RenderScope.Variables.Contains(variable))
            Report(word.Offset, $"there is no variable '@{variable}'; known: {Names([.. RenderScope.Variables.Select(v => "@" + v)])}");
        if (path.StartsWith("@root.", StringComparison.Ordinal))
            path = path[6..];
        else if (contexts > 0 || path[0] is '@' or '.' or '[' || path == "this" || path.StartsWith("this.", StringComparison.Ordinal))
            return;
        var name = path.Split('.', '/')[0];
        if (!TemplateData.Names.Contains(name))
            Report(word.Offset, $"there is no value '{name}'{Suggestion(name, TemplateData.Names)}");
    }

    private static string Suggestion(string name, IReadOnlyCollection<string> known)
        => known.MinBy(k => EditDistance(name, k)) is { } nearest && EditDistance(name, nearest) <= 2 ? $"; did you mean '{nearest}'?"
            : $"; known: {Names(known)}";

    /// <summary>Characters to insert, delete or replace until one text is the other; upper and lower case count as one.</summary>
    internal static int EditDistance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var substitute = diagonal + (char.ToLowerInvariant(from[i - 1]) == char.ToLowerInvariant(to[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.Length];
    }

    private static string Names(IReadOnlyCollection<string> names) => names.Count == 0 ? "none" : string.Join(", ", names.Order(StringComparer.Ordinal));

    private void ReportScan(int offset, string message)
    {
        if (message == TemplateScanner.RawText && options.AllowRawText)
            return;
        Report(offset, message);
    }

    private void Report(int offset, string message)
    {
        var place = TextPlace.Of(text, offset);
        problems.Add(new TemplateProblem(file, place.Line, place.Column, message));
    }
}

/// <summary>What a template may use beyond the language: the functions, the parts that it may include, and whether raw text is allowed.</summary>
internal sealed record TemplateOptions(TemplateFunctions Functions, IReadOnlySet<string> Partials, bool AllowRawText);

/// <summary>Line and column, from 1, of an offset in a text.</summary>
internal readonly record struct TextPlace(int Line, int Column)
{
    public static TextPlace Of(string text, int offset)
    {
        var before = text.AsSpan(0, Math.Min(offset, text.Length));
        return new TextPlace(before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }
}
