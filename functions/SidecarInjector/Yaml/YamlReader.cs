namespace SidecarInjector.Yaml;

/// <summary>
/// Reads YAML as kubectl does, with limits. Every failure is a <see cref="YamlFormatException"/> with the position.
/// </summary>
public static class YamlReader
{
    public static IReadOnlyList<YamlDocument> ReadStream(string text, YamlLimits? limits = null)
    {
        limits ??= YamlLimits.Default;
        YamlCharacters.Check(text, limits);

        return new YamlStream(text, limits).Read();
    }

    /// <summary>The one document that is not empty; null if there is none.</summary>
    public static YamlNode? ReadSingle(string text, YamlLimits? limits = null)
    {
        var roots = ReadStream(text, limits).Select(d => d.Root).OfType<YamlNode>().ToList();

        return roots.Count < 2
            ? roots.FirstOrDefault()
            : throw new YamlFormatException(roots[1].Position, $"expected one YAML document, but there are {roots.Count}");
    }
}
