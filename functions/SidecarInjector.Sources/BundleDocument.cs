using System.Text;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Documents;
using SidecarInjector.Sources.Packing;
using SidecarInjector.Yaml;

namespace SidecarInjector.Sources;

/// <summary>
/// A bundle as one document: an archive, a map in YAML or JSON with the bundle's parts by name, or a ConfigMap whose keys are the files. Whatever it is,
/// what comes out are the files of a folder.
/// </summary>
public static class BundleDocument
{
    /// <summary>The ConfigMap's key that holds a whole bundle as an archive.</summary>
    public const string ArchiveKey = ConfigMapKey.Archive;

    private const string Expected = "expected a packed bundle, a map of a bundle's parts in YAML or JSON, or a ConfigMap";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly YamlLimits Limits = new() { MaxCharacters = 2 * BundleLimits.Total };

    /// <exception cref="BundleRefusedException">It is none of these, or too large; the message says what came, and where the mistake is.</exception>
    public static IReadOnlyList<BundleFile> Read(ReadOnlyMemory<byte> content)
    {
        if (BundleArchive.IsArchive(content.Span))
            return BundleArchive.Unpack(content);
        try
        {
            var root = Root(Text(content));
            return ConfigMapReader.IsConfigMap(root) ? ConfigMapReader.Read(root) : BundleMapReader.Read(root);
        }
        catch (YamlFormatException e)
        {
            throw DocumentMistake.At(e.Position, e.Message);
        }
    }

    /// <summary>
    /// The files of a ConfigMap: <c>config</c>, <c>values</c> and <c>mesh</c> as Istio's has them; any other key is a path with <c>__</c> for <c>/</c>;
    /// or one archive named <c>bundle.tar</c>.
    /// </summary>
    /// <exception cref="BundleRefusedException">It holds nothing, a key that is no path, an archive and more, or too much.</exception>
    public static IReadOnlyList<BundleFile> OfConfigMap(
        IEnumerable<KeyValuePair<string, string>> data, IEnumerable<KeyValuePair<string, byte[]>> binaryData)
    {
        var files = new DocumentFiles();
        foreach (var (key, text) in data)
            files.Add(ConfigMapKey.ToPath(key), text);
        foreach (var (key, content) in binaryData)
            files.Add(ConfigMapKey.ToPath(key), content);
        // kubectl puts a file that happens to be UTF-8 into data, and an archive of plain text is: it is the same archive in either.
        if (files.All.FirstOrDefault(f => f.Path == ConfigMapKey.Archive) is not { } archive)
            return files.All.Count > 0 ? files.All : throw new BundleRefusedException("The ConfigMap has no data; expected at least the key 'config'.");
        return files.All.Count == 1 ? BundleArchive.Unpack(archive.Content)
            : throw new BundleRefusedException($"The ConfigMap holds {ConfigMapKey.Archive}, which is a whole bundle, and other keys beside it; keep one.");
    }

    /// <summary>The key under which a ConfigMap holds a file; null if <see cref="OfConfigMap"/> would read every such key back as another file.</summary>
    public static string? ToConfigMapKey(string path) => ConfigMapKey.Of(path);

    private static string Text(ReadOnlyMemory<byte> content)
    {
        try
        {
            return StrictUtf8.GetString(content.Span);
        }
        catch (DecoderFallbackException)
        {
            throw new BundleRefusedException($"The document is neither an archive nor UTF-8 text; {Expected}.");
        }
    }

    private static YamlMapping Root(string text)
    {
        // Error pages are the most likely thing at a wrong address, and the YAML parser's words about them explain nothing.
        if (text.AsSpan().TrimStart('\uFEFF').TrimStart().StartsWith('<'))
            throw new BundleRefusedException($"The document is a page in HTML or XML; {Expected}.");
        return YamlReader.ReadSingle(text, Limits) switch
        {
            YamlMapping map => map,
            null => throw new BundleRefusedException($"The document is empty; {Expected}."),
            YamlSequence => throw new BundleRefusedException($"The document is a list; {Expected}."),
            _ => throw new BundleRefusedException($"The document is a single value; {Expected}."),
        };
    }
}
