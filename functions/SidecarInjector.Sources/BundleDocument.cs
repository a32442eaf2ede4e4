using System.Text;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Sources;

/// <summary>Bundles inside other documents: a ConfigMap's keys stand for files.</summary>
public static class BundleDocument
{
    private static readonly Dictionary<string, string> KnownKeys = new()
    {
        ["config"] = "config.yaml",
        ["values"] = "values.yaml",
        ["mesh"] = "mesh.yaml",
    };

    /// <summary>The files that a ConfigMap's keys stand for; those of <c>bundle.tar</c> where it has one.</summary>
    public static IReadOnlyList<BundleFile> OfConfigMap(IEnumerable<KeyValuePair<string, string>> data, IEnumerable<KeyValuePair<string, byte[]>> binaryData)
    {
        if (binaryData.FirstOrDefault(p => p.Key == "bundle.tar").Value is { } archive)
            return BundleArchive.Unpack(archive);
        return [.. data.Select(p => new BundleFile(ToPath(p.Key), Encoding.UTF8.GetBytes(p.Value)))];
    }

    /// <summary>The key of <c>data</c> that stands for a file.</summary>
    public static string ToConfigMapKey(string path)
        => KnownKeys.FirstOrDefault(p => p.Value == path).Key ?? path.Replace("/", "__", StringComparison.Ordinal);

    private static string ToPath(string key) => KnownKeys.GetValueOrDefault(key) ?? key.Replace("__", "/", StringComparison.Ordinal);
}
