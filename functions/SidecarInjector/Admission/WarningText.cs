using System.Globalization;
using System.Text;

namespace SidecarInjector.Admission;

/// <summary>
/// Warnings as the API server takes them: it passes each on in a header, drops those with a control character, and, where all webhooks' warnings of a request
/// are longer than 4,096 characters together, cuts each at 256 and drops the last ones. What has to be left out is left out here, and said.
/// </summary>
internal static class WarningText
{
    /// <summary>With the mark for what was cut off, below the length at which the API server cuts.</summary>
    public const int Longest = 250;

    /// <summary>All together; other webhooks of the same request need room too.</summary>
    public const int LongestTogether = 3_000;

    /// <summary>The same warnings in the same order: each on one line and once, as many as fit.</summary>
    public static IReadOnlyList<string> Fitting(IReadOnlyList<string> warnings)
    {
        if (warnings.Count == 0)
            return warnings;
        List<string> lines = [.. warnings.Select(OneLine).Where(l => l.Length > 0).Distinct(StringComparer.Ordinal)];
        var (room, fitting) = (LongestTogether - Longest, 0);
        while (fitting < lines.Count && lines[fitting].Length <= room)
            room -= lines[fitting++].Length;
        if (fitting == lines.Count)
            return lines;
        var omitted = lines.Count - fitting;
        return [.. lines.Take(fitting), string.Create(CultureInfo.InvariantCulture, $"and {omitted} more warning{(omitted == 1 ? "" : "s")} of the sidecar injector, for which there is no room; injector explain shows them")];
    }

    private static string OneLine(string warning)
    {
        var text = string.Concat(warning.EnumerateRunes().Select(Shown)).Trim();
        if (text.Length <= Longest)
            return text;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[Longest - 1]) ? Longest - 1 : Longest), "…");
    }

    /// <summary>Format characters can make a terminal show a text otherwise than it is.</summary>
    private static string Shown(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => " ",
        UnicodeCategory.Format => "",
        _ => rune.ToString(),
    };
}
