using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SidecarInjector.Patching;

namespace SidecarInjector.Workloads;

/// <summary>
/// A comment at the end of an injected document that holds what the pod itself does not record, such as the name of a probe's port or the text of an alias:
/// the changes that lead back to the text before the injection, and a hash of the text for which they hold. It is written only where it is needed.
/// </summary>
public static class UndoComment
{
    public const string Marker = "# sidecar-injector/undo ";

    /// <summary>Parts a document from its comment.</summary>
    /// <param name="text">A document's text.</param>
    /// <returns>The text without the comment, and the text before the injection: null if there is no comment, or the text was changed since.</returns>
    public static (string Text, string? Original, bool HasComment) Read(string text)
    {
        var at = text.LastIndexOf(Marker, StringComparison.Ordinal);
        if (at < 0 || (at > 0 && text[at - 1] is not ('\n' or '\r')))
            return (text, null, false);
        var end = text.AsSpan(at).IndexOfAny('\r', '\n');
        var rest = end < 0 ? "" : text[(at + end)..];
        // Without a line break at its end, the comment has taken the place of the one before it.
        var body = rest.Length > 0 ? text[..at] + rest[(rest.StartsWith("\r\n", StringComparison.Ordinal) ? 2 : 1)..] : text[..at];
        foreach (var candidate in rest.Length > 0 ? [body] : new[] { WithoutLastBreak(body), body })
        {
            if (Restore(candidate, text.AsSpan(at + Marker.Length, (end < 0 ? text.Length - at : end) - Marker.Length)) is { } original)
                return (candidate, original, true);
        }
        return (rest.Length > 0 ? body : WithoutLastBreak(body), null, true);
    }

    /// <summary>The document with a comment that leads back to <paramref name="original"/>.</summary>
    public static string Add(string text, string original)
    {
        var changes = new JsonArray([.. Changes(text, original).Select(c => new JsonArray(c.Start, c.Length, c.With))]);
        var json = new JsonObject { ["sha256"] = Hash(text), ["changes"] = changes }.ToJsonString(JsonText.Compact);
        var lineBreak = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        // Behind the dots that end a document it would stand in the next one.
        if (EndMark(text) is { } mark)
            return text[..mark] + Marker + json + lineBreak + text[mark..];
        var isEnded = text.EndsWith('\n');
        return text + (isEnded ? "" : lineBreak) + Marker + json + (isEnded ? lineBreak : "");
    }

    /// <summary>Where the line with the dots begins that ends the document; null if there is none.</summary>
    private static int? EndMark(string text)
    {
        var start = text.AsSpan().TrimEnd().LastIndexOfAny('\r', '\n') + 1;
        return text.AsSpan(start) is ['.', '.', '.'] or ['.', '.', '.', ' ' or '\t' or '\r' or '\n', ..] ? start : null;
    }

    private static string WithoutLastBreak(string text)
        => text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;

    private static string? Restore(string text, ReadOnlySpan<char> json)
    {
        try
        {
            if (JsonText.Parse(json.ToString()) is not JsonObject undo || undo.Text("sha256") != Hash(text))
                return null;
            var original = new StringBuilder();
            var at = 0;
            foreach (var change in (undo.List("changes") ?? []).OfType<JsonArray>())
            {
                var start = (int)change[0]!.GetValue<long>();
                original.Append(text, at, start - at).Append(change[2]!.GetValue<string>());
                at = start + (int)change[1]!.GetValue<long>();
            }
            return original.Append(text, at, text.Length - at).ToString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or NullReferenceException or FormatException)
        {
            // Somebody has changed the comment.
            return null;
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12));

    private readonly record struct Change(int Start, int Length, string With);

    /// <summary>Line by line, what leads from one text to another.</summary>
    private static IEnumerable<Change> Changes(string from, string to)
    {
        var (old, current) = (Lines(from), Lines(to));
        var alignment = ListAlignment.Of(new ListWindow(old, 0, old.Count), new ListWindow(current, 0, current.Count));
        var (offset, next) = (0, 0);
        var came = new StringBuilder();
        for (var i = 0; i <= current.Count; i++)
        {
            var partner = i < current.Count ? alignment.PartnerOf(i) : old.Count;
            if (partner < 0)
            {
                came.Append(current[i]!.GetValue<string>());
                continue;
            }
            var length = Enumerable.Range(next, partner - next).Sum(l => old[l]!.GetValue<string>().Length);
            if (length > 0 || came.Length > 0)
                yield return new Change(offset, length, came.ToString());
            came.Clear();
            offset += length + (i < current.Count ? old[partner]!.GetValue<string>().Length : 0);
            next = partner + 1;
        }
    }

    private static JsonArray Lines(string text)
    {
        var lines = new JsonArray();
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end + 1;
            lines.Add((JsonNode)JsonValue.Create(text[at..end]));
            at = end;
        }
        return lines;
    }
}
