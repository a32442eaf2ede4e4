using System.Text;
using SidecarInjector.Admission;
using SidecarInjector.Configuration;

namespace SidecarInjector.Playground;

/// <summary>
/// Bundles as they would be with files changed, compiled beside the one in use and never in its place. Compiling cannot be interrupted and takes about a millisecond a
/// tag, so there is a bound on the tags, and one compilation at a time for all callers; who types in the workload meanwhile finds the last result.
/// </summary>
internal sealed class EditedBundles
{
    /// <summary>Tags of all files that were changed.</summary>
    public const int MostTags = 4_000;

    private readonly Lock compiling = new();
    private volatile Result? last;

    private sealed record Result(string Version, BundleResult Bundle);

    /// <summary>The bundle, or its mistakes; null while another one is compiled.</summary>
    /// <exception cref="AdmissionFormatException">A file is not one of the bundle, or the files are too much.</exception>
    public BundleResult? Compile(InjectionBundle bundle, PreviewRequest asked, string cluster)
    {
        var files = Replace(bundle, asked.Files, cluster);
        var version = BundleParser.VersionOf(files);
        if (last is { } known && known.Version == version)
            return known.Bundle;
        if (!compiling.TryEnter())
            return null;
        try
        {
            var result = BundleParser.Parse(files);
            last = new Result(version, result);
            return result;
        }
        finally
        {
            compiling.Exit();
        }
    }

    /// <summary>What a caller of a cluster may see: other clusters' parts are not its business.</summary>
    public static IEnumerable<BundleFile> Visible(InjectionBundle bundle, string cluster)
        => bundle.Files.Where(f => !f.Path.StartsWith("clusters/", StringComparison.Ordinal) || (cluster.Length > 0 && f.Path == $"clusters/{cluster}.yaml"));

    private static List<BundleFile> Replace(InjectionBundle bundle, IReadOnlyList<KeyValuePair<string, string>> edits, string cluster)
    {
        var visible = Visible(bundle, cluster).Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        if (edits.FirstOrDefault(e => !visible.Contains(e.Key)).Key is { } stray)
            throw new AdmissionFormatException($"files: the bundle has no file '{stray}'; there are {string.Join(", ", visible.Order(StringComparer.Ordinal))}");
        if (edits.Sum(e => Tags(e.Value)) is > MostTags and var tags)
            throw new AdmissionFormatException($"files: they have {tags} tags ({{{{…}}}}); at most {MostTags} are compiled here");
        var changed = edits.ToDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal);
        return [.. bundle.Files.Select(f => changed.TryGetValue(f.Path, out var text) ? f with { Content = Encoding.UTF8.GetBytes(text) } : f)];
    }

    private static int Tags(string text) => text.AsSpan().Count("{{");
}
