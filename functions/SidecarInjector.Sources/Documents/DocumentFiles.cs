using System.Text;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;
using SidecarInjector.Yaml;

namespace SidecarInjector.Sources.Documents;

/// <summary>
/// The files that a document holds, as they are found. The limits are checked at each one and while it is written: with YAML's aliases a few kilobytes
/// can stand for gigabytes.
/// </summary>
internal sealed class DocumentFiles
{
    private readonly List<BundleFile> files = [];
    private readonly HashSet<string> paths = new(StringComparer.Ordinal);
    private long total;

    public IReadOnlyList<BundleFile> All => files;

    public void Add(string path, string text)
    {
        if (text.Length > BundleLimits.File)
            throw TooLarge(path);
        Add(path, Encoding.UTF8.GetBytes(text));
    }

    public void Add(string path, byte[] content)
    {
        if (!BundlePath.IsSound(path))
            throw new BundleRefusedException($"The document holds a file with the path '{DocumentMistake.Shown(path)}'; expected a path inside the bundle.");
        if (!paths.Add(path))
            throw new BundleRefusedException($"The document holds {path} twice.");
        if (files.Count == BundleLimits.Files)
            throw new BundleRefusedException($"The document has more than {BundleLimits.Files} files.");
        // An archive is a whole bundle by itself; its own reader has its limits.
        if (content.Length > BundleLimits.File && path != ConfigMapKey.Archive)
            throw TooLarge(path);
        if ((total += content.Length) > BundleLimits.Total)
            throw TooLarge();
        files.Add(new BundleFile(path, content));
    }

    public void AddMap(string path, YamlMapping map)
    {
        using var text = new LimitedText(() => throw TooLarge(path));
        YamlWriter.Write(text, YamlResolver.ToJson(map));
        Add(path, text.ToString());
    }

    public static BundleRefusedException TooLarge() => new($"The bundle's files are larger than {BundleLimits.Total} bytes together.");

    private static BundleRefusedException TooLarge(string path) => new($"The file {path} is larger than {BundleLimits.File} bytes.");

    /// <summary>Text of a file that is given up as soon as it is too long.</summary>
    private sealed class LimitedText(Action tooLong) : StringWriter
    {
        public override void Write(char value)
        {
            Count(1);
            base.Write(value);
        }

        public override void Write(string? value)
        {
            Count(value?.Length ?? 0);
            base.Write(value);
        }

        private void Count(int added)
        {
            if (GetStringBuilder().Length + added > BundleLimits.File)
                tooLong();
        }
    }
}
