using System.Text;

namespace SidecarInjector.Yaml.Editing;

/// <summary>Changes of one text, noted in any order and applied together.</summary>
internal sealed class TextEdits(string text)
{
    private readonly List<TextEdit> edits = [];

    /// <summary>At one offset insertions stand in the order in which they were noted, and before what replaces something.</summary>
    public void Replace(int start, int end, string with)
    {
        if (start != end || with.Length > 0)
            edits.Add(new TextEdit(start, end, with, edits.Count));
    }

    public void Insert(int at, string added) => Replace(at, at, added);

    public void Remove(int start, int end) => Replace(start, end, "");

    /// <summary>The part of the text from <paramref name="from"/> to <paramref name="to"/> after the changes in it; null if changes overlap.</summary>
    public string? Apply(int from, int to)
    {
        var result = new StringBuilder(to - from);
        var at = from;
        foreach (var edit in edits.OrderBy(e => e.Start).ThenBy(e => e.End == e.Start ? 0 : 1).ThenBy(e => e.Number))
        {
            if (edit.Start < at || edit.End > to)
                return null;
            result.Append(text, at, edit.Start - at).Append(edit.With);
            at = edit.End;
        }

        return result.Append(text, at, to - at).ToString();
    }

    private readonly record struct TextEdit(int Start, int End, string With, int Number);
}
