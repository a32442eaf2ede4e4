using System.Text;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Sources.Tests;

/// <summary>Files of bundles as tests write and compare them.</summary>
internal static class Files
{
    public static IReadOnlyList<BundleFile> Of(params (string Path, string Text)[] files)
        => [.. files.Select(f => new BundleFile(f.Path, Encoding.UTF8.GetBytes(f.Text)))];

    /// <summary>A bundle of three files that all hold the same word, and their manifest.</summary>
    public static IReadOnlyList<BundleFile> Sample(string word = "one", long version = 1)
        => BundleArchive.AddManifest(Of(("config.yaml", word), ("templates/sidecar.yaml.hbs", word), ("values.yaml", word)), version);

    /// <summary>Paths and texts, sorted.</summary>
    public static IReadOnlyList<string> Lines(IReadOnlyList<BundleFile>? files)
        => [.. (files ?? []).OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => $"{f.Path}: {Encoding.UTF8.GetString(f.Content.Span)}")];
}
