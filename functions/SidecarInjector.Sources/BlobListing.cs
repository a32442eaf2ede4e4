using System.Security.Cryptography;
using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Sources;

/// <summary>A file of a bundle as a listing has it: enough to know whether it changed, without its content.</summary>
internal sealed record ListedBlob(string Path, Azure.ETag ETag, long Size);

/// <summary>The blobs below a prefix at about one moment, sorted. Hidden names and the markers that stand for folders do not count.</summary>
internal sealed record BlobListing(IReadOnlyList<ListedBlob> Blobs)
{
    /// <summary>The metadata by which Hadoop and accounts with a hierarchical namespace mark a folder.</summary>
    private const string FolderMark = "hdi_isfolder";

    public static async Task<BlobListing> OfAsync(BlobContainerClient container, string prefix, CancellationToken cancellation)
    {
        var blobs = new List<ListedBlob>();
        var options = new GetBlobsOptions { Prefix = prefix, Traits = BlobTraits.Metadata };
        await foreach (var item in container.GetBlobsAsync(options, cancellation))
        {
            var path = item.Name[prefix.Length..];
            if (IsFolder(path, item) || path.Split('/').Any(p => p.StartsWith('.')))
                continue;
            blobs.Add(new ListedBlob(path, item.Properties.ETag ?? default, item.Properties.ContentLength ?? 0));
            if (blobs.Count > BundleLimits.Files)
                break;
        }
        return new BlobListing([.. blobs.OrderBy(b => b.Path, StringComparer.Ordinal)]);
    }

    private static bool IsFolder(string path, BlobItem item)
        => item.Properties.ContentLength is null or 0 && (path.Length == 0 || path.EndsWith('/') || item.Metadata?.ContainsKey(FolderMark) == true);

    /// <summary>Changes whenever a blob comes, goes or is written.</summary>
    public string Tag { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Blobs.Select(b => $"{b.Path} {b.ETag}")))));

    /// <exception cref="BundleSourceException">It holds what no bundle does, or nothing.</exception>
    public void Check(string name)
    {
        if (Blobs.Count == 0)
            throw new BundleSourceException($"There are no blobs at {name}; expected config.yaml and templates/.");
        if (Blobs.Count > BundleLimits.Files)
            throw new BundleSourceException($"There are more than {BundleLimits.Files} blobs at {name}.");
        if (Blobs.FirstOrDefault(b => !BundlePath.IsSound(b.Path)) is { } unsound)
            throw new BundleSourceException($"A blob at {name} has the name '{unsound.Path}'; expected a path inside the bundle.");
        if (Blobs.FirstOrDefault(b => b.Size > BundleLimits.File) is { } large)
            throw new BundleSourceException($"The blob {large.Path} at {name} is larger than {BundleLimits.File} bytes.");
        if (Blobs.Sum(b => b.Size) > BundleLimits.Total)
            throw new BundleSourceException($"The blobs at {name} are larger than {BundleLimits.Total} bytes together.");
    }
}
