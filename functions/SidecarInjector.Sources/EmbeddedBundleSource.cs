using SidecarInjector.Configuration;

namespace SidecarInjector.Sources;

/// <summary>The bundle that ships inside the program: Istio's sidecar with its default settings. It never changes.</summary>
public sealed class EmbeddedBundleSource : IBundleSource
{
    private const string Prefix = "bundles/istio/";
    private const string TheTag = "embedded";

    public string Name => "istio (embedded)";

    public Task<BundleContent?> ReadAsync(string? known, CancellationToken cancellation = default)
        => Task.FromResult(known == TheTag ? null : new BundleContent(Files, TheTag));

    public static IReadOnlyList<BundleFile> Files { get; } = [.. typeof(EmbeddedBundleSource).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Select(Read)];

    private static BundleFile Read(string resource)
    {
        using var content = new MemoryStream();
        using var stream = typeof(EmbeddedBundleSource).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"the resource {resource} is listed but not there");
        stream.CopyTo(content);
        return new BundleFile(resource[Prefix.Length..].Replace('\\', '/'), content.ToArray());
    }
}
