using SidecarInjector.Configuration;

namespace SidecarInjector.Sources;

/// <summary>A place that bundles are put into, so that a source of the same address reads them.</summary>
public interface IBundleTarget
{
    /// <summary>The place in a person's words: a URL without secrets.</summary>
    string Name { get; }

    /// <summary>Makes these files, with their manifest and signatures, the whole content of the place.</summary>
    /// <exception cref="BundleSourceException">The place takes no bundle, or not this one.</exception>
    Task WriteAsync(IReadOnlyList<BundleFile> files, CancellationToken cancellation = default);
}
