using System.Text;
using System.Text.RegularExpressions;
using DiffPlex;
using DiffPlex.Chunkers;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace SidecarInjector;

/// <summary>The difference of two texts by lines, in the unified form.</summary>
public static partial class TextDifference
{
    private const int Context = 3;

    /// <summary>Lines with their ends, so that the difference leads to the very bytes. Only a line feed ends one, as <c>patch</c> has it.</summary>
    private static readonly CustomFunctionChunker LinesWithEnds = new(text => [.. Line().Matches(text).Select(m => m.Value)]);

    /// <summary>"" if the texts are the same.</summary>
    public static string Unified(string oldName, string newName, string oldText, string newText)
    {
        if (oldText == newText)
            return "";
        var lines = InlineDiffBuilder.Diff(Differ.Instance, oldText, newText, ignoreWhiteSpace: false, ignoreCase: false, LinesWithEnds).Lines;
        var output = new StringBuilder($"--- {oldName}\n+++ {newName}\n");
        var (oldLine, newLine) = (1, 1);
        for (var i = 0; i < lines.Count;)
        {
            var (start, end) = Hunk(lines, i);
            Skip(lines, i, start, ref oldLine, ref newLine);
            if (start < end)
                Write(output, lines, start, end, ref oldLine, ref newLine);
            i = end;
        }
        return output.ToString();
    }

    /// <summary>The next lines that belong together: changes at most twice the context apart, with the context around them.</summary>
    private static (int Start, int End) Hunk(List<DiffPiece> lines, int from)
    {
        var first = lines.FindIndex(from, IsChange);
        if (first < 0)
            return (lines.Count, lines.Count);
        var last = first;
        for (var i = first; i < lines.Count && i - last <= 2 * Context; i++)
        {
            if (IsChange(lines[i]))
                last = i;
        }
        return (Math.Max(from, first - Context), Math.Min(lines.Count, last + Context + 1));
    }

    private static bool IsChange(DiffPiece line) => line.Type != ChangeType.Unchanged;

    private static void Skip(List<DiffPiece> lines, int from, int to, ref int oldLine, ref int newLine)
    {
        for (var i = from; i < to; i++)
        {
            oldLine += lines[i].Type == ChangeType.Inserted ? 0 : 1;
            newLine += lines[i].Type == ChangeType.Deleted ? 0 : 1;
        }
    }

    private static void Write(StringBuilder output, List<DiffPiece> lines, int start, int end, ref int oldLine, ref int newLine)
    {
        var (oldStart, newStart) = (oldLine, newLine);
        Skip(lines, start, end, ref oldLine, ref newLine);
        output.Append($"@@ -{oldStart},{oldLine - oldStart} +{newStart},{newLine - newStart} @@\n");
        foreach (var line in lines[start..end])
        {
            output.Append(line.Type switch { ChangeType.Inserted => '+', ChangeType.Deleted => '-', _ => ' ' }).Append(line.Text);
            if (!line.Text.EndsWith('\n'))
                output.Append("\n\\ No newline at end of file\n");
        }
    }

    [GeneratedRegex(@"[^\n]*\n|[^\n]+")]
    private static partial Regex Line();
}
