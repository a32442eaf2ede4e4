using YamlDotNet.Core;

namespace SidecarInjector.Yaml;

/// <summary>A place in a text; line and column count from 1, as editors and compilers show them.</summary>
public readonly record struct YamlPosition(int Line, int Column)
{
    internal static YamlPosition Of(in Mark mark) => new((int)mark.Line, (int)mark.Column);

    internal static YamlPosition At(ReadOnlySpan<char> text, int offset)
    {
        var before = text[..offset];
        var lineStart = before.LastIndexOfAny('\n', '\r') + 1;
        var breaks = before.Count('\n') + before.Count('\r') - before.Count("\r\n");
        return new YamlPosition(breaks + 1, offset - lineStart + 1);
    }
}
