using SidecarInjector.Configuration;

namespace SidecarInjector.Sources;

/// <summary>A place that bundles come from.</summary>
public interface IBundleSource
{
    /// <summary>The place in a person's words: a folder's path, a URL without secrets.</summary>
    string Name { get; }

    /// <summary>All files of the bundle, as they are at one moment.</summary>
    /// <exception cref="BundleSourceException">The place cannot be read.</exception>
    Task<IReadOnlyList<BundleFile>> ReadAsync(CancellationToken cancellation = default);
}

/// <summary>A place that cannot be read; the message says which and why.</summary>
public sealed class BundleSourceException(string message, Exception? inner = null) : Exception(message, inner);
