using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Sources;

/// <summary>A place that bundles come from. One reader at a time; what it gives is not checked yet.</summary>
public interface IBundleSource
{
    /// <summary>The place in a person's words: a folder's path, a URL without secrets.</summary>
    string Name { get; }

    /// <summary>What tells this place from every other, where the name leaves something out. It may hold secrets, and is only ever hashed.</summary>
    string Identity => Name;

    /// <summary>All files of the bundle as they are at one moment, or null if they are still those of <paramref name="known"/>.</summary>
    /// <param name="known">The <see cref="BundleContent.Tag"/> of what the caller has; null if it has nothing.</param>
    /// <param name="cancellation">Ends a read that takes too long.</param>
    /// <exception cref="BundleSourceException">The place cannot be read, holds nothing, or changes while it is read.</exception>
    /// <exception cref="BundleRefusedException">What it holds is no bundle.</exception>
    Task<BundleContent?> ReadAsync(string? known, CancellationToken cancellation = default);

    /// <summary>Completes when there may be something newer than <paramref name="known"/>. Sources that cannot tell wait for their cancellation.</summary>
    /// <exception cref="BundleSourceException">The place cannot be watched now; reading at intervals goes on.</exception>
    Task WaitForChangeAsync(string? known, CancellationToken cancellation) => Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
}

/// <summary>
/// What a source holds: a bundle's files, with <c>manifest.json</c> and <c>manifest.sig</c> among them where it was packed. <c>Tag</c> changes whenever
/// the content does (an ETag, a resource version); null if the source has nothing of the kind.
/// </summary>
public sealed record BundleContent(IReadOnlyList<BundleFile> Files, string? Tag)
{
    /// <summary>Files that must be read out of a document first.</summary>
    /// <exception cref="BundleRefusedException">The document is no bundle; with its tag, so that it is not read again until it changes.</exception>
    public static BundleContent Of(Func<IReadOnlyList<BundleFile>> read, string? tag)
    {
        try
        {
            return new BundleContent(read(), tag);
        }
        catch (BundleRefusedException e)
        {
            throw new BundleRefusedException(e.Message) { Tag = tag };
        }
    }
}

/// <summary>A place that cannot be read; the message says which and why, and what to do. It never holds a secret.</summary>
public sealed class BundleSourceException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What no bundle exceeds, wherever it comes from: far above any real one, far below what would hurt.</summary>
public static class BundleLimits
{
    /// <summary>Bytes of one file.</summary>
    public const int File = 4 * 1024 * 1024;

    /// <summary>Bytes of all files together.</summary>
    public const int Total = 16 * 1024 * 1024;

    public const int Files = 5_000;
}
