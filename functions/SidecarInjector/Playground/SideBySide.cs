using System.Text.Json.Nodes;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace SidecarInjector.Playground;

/// <summary>Two texts beside each other, line by line.</summary>
internal static class SideBySide
{
    /// <summary>Texts with more lines together are not compared: nobody would read it, and finding it takes long.</summary>
    private const int MostLines = 10_000;

    /// <summary>A list of pairs <c>[old, new]</c>; null stands where the other side has a line more. Null if the texts are too long.</summary>
    public static JsonArray? Of(string before, string after)
    {
        if (before.AsSpan().Count('\n') + after.AsSpan().Count('\n') > MostLines)
            return null;
        var difference = SideBySideDiffBuilder.Diff(before.TrimEnd('\n'), after.TrimEnd('\n'), ignoreWhiteSpace: false, ignoreCase: false);
        return new JsonArray([.. difference.OldText.Lines.Zip(difference.NewText.Lines, (o, n) => (JsonNode?)new JsonArray(Line(o), Line(n)))]);
    }

    private static JsonValue? Line(DiffPiece piece) => piece.Type == ChangeType.Imaginary ? null : JsonValue.Create(piece.Text);
}
