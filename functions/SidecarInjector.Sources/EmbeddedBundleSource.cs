using SidecarInjector.Configuration;

namespace SidecarInjector.Sources;

/// <summary>The bundle that ships inside the program: Istio's sidecar with its default settings.</summary>
public sealed class EmbeddedBundleSource : IBundleSource
{
    private const string Prefix = "bundles/istio/";

    public string Name => "istio (embedded)";

    public async Task<IReadOnlyList<BundleFile>> ReadAsync(CancellationToken cancellation = default)
    {
        var assembly = typeof(EmbeddedBundleSource).Assembly;
        var files = new List<BundleFile>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var content = new MemoryStream();
            await using var stream = assembly.GetManifestResourceStream(resource)!;
            await stream.CopyToAsync(content, cancellation);
            files.Add(new BundleFile(resource[Prefix.Length..].Replace('\\', '/'), content.ToArray()));
        }
        return files;
    }
}
