namespace SidecarInjector.Templates;

/// <summary>Splits the inside of a tag into words: paths, "texts", numbers, key= of named arguments, parentheses and |block parameters|.</summary>
internal readonly struct TagWordReader(string text, Action<int, string> report)
{
    /// <summary>Reads from <paramref name="at"/> to the closing braces and returns the offset behind them, or -1 if they are missing.</summary>
    public int Read(int at, string close, List<TagWord> words)
    {
        while (at < text.Length)
        {
            var c = text[at];
            if (char.IsWhiteSpace(c))
                at++;
            else if (c is '}' or '~')
                return ReadClose(at, close);
            else
                at = ReadWord(at, words);
            if (at < 0)
                return -1;
        }
        return -1;
    }

    private int ReadClose(int at, string close)
    {
        if (text[at] == '~')
            at++;
        return text.AsSpan(at).StartsWith(close, StringComparison.Ordinal) ? at + close.Length : -1;
    }

    private int ReadWord(int at, List<TagWord> words)
    {
        switch (text[at])
        {
            case '(':
                words.Add(new TagWord(WordKind.Open, "(", at));
                return at + 1;
            case ')':
                words.Add(new TagWord(WordKind.Close, ")", at));
                return at + 1;
            case '"' or '\'':
                return ReadText(at, words);
            case '|':
                return ReadBlockParameters(at, words);
            default:
                return ReadPath(at, words);
        }
    }

    private int ReadText(int at, List<TagWord> words)
    {
        var end = text.IndexOf(text[at], at + 1);
        if (end < 0)
        {
            report(at, $"the text is not closed; expected {text[at]}");
            return -1;
        }
        words.Add(new TagWord(WordKind.Text, text[(at + 1)..end], at));
        return end + 1;
    }

    private int ReadBlockParameters(int at, List<TagWord> words)
    {
        var end = text.IndexOf('|', at + 1);
        if (end < 0)
            return -1;
        words.Add(new TagWord(WordKind.BlockParameters, text[(at + 1)..end].Trim(), at));
        return end + 1;
    }

    /// <summary>A path may hold segments in brackets, which may hold anything: <c>labels.[app.kubernetes.io/name]</c>.</summary>
    private int ReadPath(int start, List<TagWord> words)
    {
        var at = start;
        for (; at < text.Length && !IsEnd(text[at]); at++)
        {
            if (text[at] != '[')
                continue;
            var end = text.IndexOf(']', at);
            if (end < 0)
            {
                report(at, "the path segment is not closed; expected ]");
                return -1;
            }
            at = end;
        }
        if (at < text.Length && text[at] == '=')
        {
            words.Add(new TagWord(WordKind.HashKey, text[start..at], start));
            return at + 1;
        }
        if (at == start)
        {
            report(at, $"'{text[at]}' is not expected here");
            return -1;
        }
        words.Add(new TagWord(IsNumber(text.AsSpan(start, at - start)) ? WordKind.Number : WordKind.Path, text[start..at], start));
        return at;
    }

    private static bool IsEnd(char c) => char.IsWhiteSpace(c) || c is '(' or ')' or '}' or '~' or '=' or '"' or '\'' or '|';

    private static bool IsNumber(ReadOnlySpan<char> word) => double.TryParse(word, System.Globalization.CultureInfo.InvariantCulture, out _);
}
