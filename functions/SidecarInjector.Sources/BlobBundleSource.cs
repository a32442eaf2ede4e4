using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Sources;

/// <summary>A bundle in Azure Blob Storage, as one archive or as blobs below a prefix. Nothing that did not change is downloaded again.</summary>
public sealed class BlobBundleSource(BlobSourceOptions options) : IBundleSource
{
    private const int Attempts = 5;
    private const int Downloads = 8;

    private readonly Lazy<BlobContainerClient> container = new(options.CreateClient);

    /// <summary>The blobs of the last reading, also of one that was overtaken by a change: an ETag's content never changes.</summary>
    private IReadOnlyDictionary<ListedBlob, BundleFile> last = new Dictionary<ListedBlob, BundleFile>();

    public string Name => options.Name;

    public string Identity => options.Identity;

    public async Task<BundleContent?> ReadAsync(string? known, CancellationToken cancellation = default)
    {
        try
        {
            return options.IsArchive ? await ReadArchiveAsync(known, cancellation) : await ReadFolderAsync(known, cancellation);
        }
        catch (Exception e) when (BlobFailure.IsOne(e))
        {
            cancellation.ThrowIfCancellationRequested();
            throw BlobFailure.Of(e, Name);
        }
    }

    private async Task<BundleContent?> ReadArchiveAsync(string? known, CancellationToken cancellation)
    {
        var conditions = new BlobDownloadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = known is null ? null : new ETag(known) } };
        var response = await container.Value.GetBlobClient(options.Path).DownloadStreamingAsync(conditions, cancellation);
        if (response.GetRawResponse().Status == 304)
            return null;
        using var download = response.Value;
        if (download.Details.ContentLength > 2 * BundleLimits.Total)
            throw new BundleSourceException($"The archive {Name} is larger than {2 * BundleLimits.Total} bytes.");
        using var content = new MemoryStream();
        await download.Content.CopyToAsync(content, cancellation);
        return BundleContent.Of(() => BundleArchive.Unpack(content.ToArray()), download.Details.ETag.ToString());
    }

    /// <summary>Reads until two listings in a row are the same: blobs that are being written are not read half old, half new.</summary>
    private async Task<BundleContent?> ReadFolderAsync(string? known, CancellationToken cancellation)
    {
        var listing = await ListAsync(cancellation);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (listing.Tag == known)
                return null;
            var isComplete = await DownloadAsync(listing, cancellation);
            var after = await ListAsync(cancellation);
            if (isComplete && after.Tag == listing.Tag)
                return new BundleContent([.. listing.Blobs.Select(b => last[b])], listing.Tag);
            listing = after;
        }
        throw new BundleSourceException($"The blobs at {Name} keep changing while they are read.");
    }

    private async Task<BlobListing> ListAsync(CancellationToken cancellation)
    {
        var listing = await BlobListing.OfAsync(container.Value, options.Prefix, cancellation);
        listing.Check(Name);
        return listing;
    }

    /// <summary>Whether all blobs of the listing were still there as they are listed.</summary>
    private async Task<bool> DownloadAsync(BlobListing listing, CancellationToken cancellation)
    {
        var files = new ConcurrentDictionary<ListedBlob, BundleFile>(listing.Blobs.Where(last.ContainsKey).Select(b => KeyValuePair.Create(b, last[b])));
        var limit = new ParallelOptions { MaxDegreeOfParallelism = Downloads, CancellationToken = cancellation };
        await Parallel.ForEachAsync(listing.Blobs.Where(b => !last.ContainsKey(b)), limit, async (blob, token) =>
        {
            if (await DownloadAsync(blob, token) is { } file)
                files[blob] = file;
        });
        last = files;
        return files.Count == listing.Blobs.Count;
    }

    /// <summary>The blob's content; null if it changed or went since it was listed.</summary>
    private async Task<BundleFile?> DownloadAsync(ListedBlob blob, CancellationToken cancellation)
    {
        var asListed = new BlobDownloadOptions { Conditions = new BlobRequestConditions { IfMatch = blob.ETag } };
        try
        {
            var content = await container.Value.GetBlobClient(options.Prefix + blob.Path).DownloadContentAsync(asListed, cancellation);
            return new BundleFile(blob.Path, content.Value.Content);
        }
        catch (RequestFailedException e) when (e.Status is 412 || e.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }
}
