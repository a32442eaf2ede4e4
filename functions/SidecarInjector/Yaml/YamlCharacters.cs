using System.Buffers;

namespace SidecarInjector.Yaml;

/// <summary>
/// Which characters YAML text may hold: those of libyaml's reader, which kubectl uses. The parser here is laxer, and
/// would take a NUL for the end of the text.
/// </summary>
internal static class YamlCharacters
{
    public const char ByteOrderMark = '\uFEFF';

    private static readonly SearchValues<char> Suspect = SearchValues.Create(
        [.. Enumerable.Range(0, 0x10000).Select(c => (char)c).Where(c => char.IsSurrogate(c) || !IsAllowed(c))]);

    public static bool IsAllowed(char c) =>
        c is '\t' or '\n' or '\r' or '\u0085'
            or (>= ' ' and <= '~') or (>= '\u00A0' and <= '\uD7FF') or (>= '\uE000' and <= '\uFFFD');

    public static void Check(string text, YamlLimits limits)
    {
        if (text.Length > limits.MaxCharacters)
        {
            throw new YamlFormatException(
                new YamlPosition(1, 1), $"expected at most {limits.MaxCharacters} characters of YAML, but there are {text.Length}");
        }

        var offset = NextSuspect(text, 0);
        while (offset >= 0)
        {
            if (!IsPair(text, offset))
            {
                throw new YamlFormatException(
                    YamlPosition.At(text, offset),
                    $"the character U+{(int)text[offset]:X4} is not allowed in YAML; write it escaped in double quotes");
            }

            offset = NextSuspect(text, offset + 2);
        }
    }

    /// <summary>Whether a surrogate pair starts here.</summary>
    public static bool IsPair(string text, int offset) =>
        offset + 1 < text.Length && char.IsSurrogatePair(text[offset], text[offset + 1]);

    private static int NextSuspect(string text, int from)
    {
        var found = text.AsSpan(from).IndexOfAny(Suspect);
        return found < 0 ? -1 : from + found;
    }
}
