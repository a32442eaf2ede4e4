namespace SidecarInjector.Templates;

/// <summary>
/// Finds the tags of a Handlebars template and their words. The library reports lines only for errors of its own lexer; this scanner makes it
/// possible to name the line and column of everything else, and to refuse what it cannot do before it is asked to.
/// </summary>
internal sealed class TemplateScanner(string text, Action<int, string> report)
{
    private readonly List<TemplateTag> tags = [];

    public static IReadOnlyList<TemplateTag> Scan(string text, Action<int, string> report)
    {
        var scanner = new TemplateScanner(text, report);
        for (var at = 0; at >= 0 && at < text.Length;)
            at = scanner.Next(at);
        return scanner.tags;
    }

    /// <summary>Reads the next tag at or after <paramref name="at"/> and returns where to go on, or -1 where nothing more can be read.</summary>
    private int Next(int at)
    {
        var start = text.IndexOf("{{", at, StringComparison.Ordinal);
        if (start < 0)
            return -1;
        if (start > 0 && text[start - 1] == '\\')
            report(start - 1, "an escaped tag (\\{{) is not supported; write the braces as a value, for example {{\"{{\"}}");
        return text.AsSpan(start).StartsWith("{{{{", StringComparison.Ordinal) ? Refuse(start, "raw blocks ({{{{…}}}}) are not supported") : ReadTag(start);
    }

    private int ReadTag(int start)
    {
        var raw = text.AsSpan(start).StartsWith("{{{", StringComparison.Ordinal);
        var at = start + (raw ? 3 : 2);
        var trimmed = at < text.Length && text[at] == '~';
        if (trimmed)
            at++;
        if (at < text.Length && text[at] == '!')
            return ReadComment(start, at, trimmed);
        var kind = ReadSigil(ref at);
        var words = new List<TagWord>();
        var end = new TagWordReader(text, report).Read(at, raw ? "}}}" : "}}", words);
        if (end < 0)
            return Refuse(start, "the tag is not closed; expected }}");
        if (raw)
            report(start, RawText);
        else if (end < text.Length && text[end] == '}')
            report(end, "a } right behind the tag belongs to it; write a space between them");
        Add(kind, start, end, words);
        return end;
    }

    internal const string RawText = "raw text ({{{…}}}) could change the structure of the document; use {{…}}, or set allowRawText: true in config.yaml";

    private TagKind ReadSigil(ref int at)
    {
        var sigil = at < text.Length ? text[at] : '\0';
        if (sigil is '#' or '^' or '/' or '>' or '&' or '*')
            at++;
        switch (sigil)
        {
            case '#' when at < text.Length && text[at] is '*' or '>':
            case '*':
                report(at, "decorators and inline partials ({{*…}}, {{#*…}}, {{#>…}}) are not supported");
                return TagKind.Expression;
            case '&':
                report(at, "{{&…}} is not supported; use {{…}}");
                return TagKind.Expression;
            case '^' when at < text.Length && text[at] is '}' or '~':
                report(at, "{{^}} is not supported; expected {{else}}");
                return TagKind.BlockElse;
            default:
                return sigil switch { '#' or '^' => TagKind.BlockOpen, '/' => TagKind.BlockClose, '>' => TagKind.Partial, _ => TagKind.Expression };
        }
    }

    private void Add(TagKind kind, int start, int end, List<TagWord> words)
    {
        if (kind == TagKind.Expression && words is [{ Kind: WordKind.Path, Text: "else" }, ..])
            kind = TagKind.BlockElse;
        else if (words.Count == 0 && kind != TagKind.BlockElse)
            report(start, "the tag is empty; expected a name or a function call");
        tags.Add(new TemplateTag(kind, start, end, words));
    }

    private int ReadComment(int start, int at, bool trimmed)
    {
        if (trimmed)
            report(start, "white space control in a comment ({{~! … }}) is not supported; write {{! … }}");
        var dashes = text.AsSpan(at).StartsWith("!--", StringComparison.Ordinal);
        var close = dashes ? "--}}" : "}}";
        var end = text.IndexOf(close, at, StringComparison.Ordinal);
        if (end < 0)
            return Refuse(start, $"the comment is not closed; expected {close}");
        tags.Add(new TemplateTag(TagKind.Comment, start, end + close.Length, []));
        return end + close.Length;
    }

    private int Refuse(int at, string message)
    {
        report(at, message);
        return -1;
    }
}
