using Azure.Storage.Blobs;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;

namespace SidecarInjector.Sources;

/// <summary>Writes a bundle into Azure Blob Storage. Who reads while it is being written finds files that do not fit their manifest, and waits.</summary>
public sealed class BlobBundleTarget(BlobSourceOptions options) : IBundleTarget
{
    private readonly Lazy<BlobContainerClient> container = new(options.CreateClient);

    public string Name => options.Name;

    public async Task WriteAsync(IReadOnlyList<BundleFile> files, CancellationToken cancellation = default)
    {
        try
        {
            if (options.IsArchive)
                await UploadAsync(options.Path, BundleArchive.Pack(files), cancellation);
            else
                await WriteFolderAsync(files, cancellation);
        }
        catch (Exception e) when (BlobFailure.IsOne(e))
        {
            cancellation.ThrowIfCancellationRequested();
            throw BlobFailure.Of(e, Name);
        }
    }

    private async Task WriteFolderAsync(IReadOnlyList<BundleFile> files, CancellationToken cancellation)
    {
        var there = await BlobListing.OfAsync(container.Value, options.Prefix, cancellation);
        if (there.Blobs.FirstOrDefault(b => !BundlePath.IsOfBundle(b.Path) && files.All(f => f.Path != b.Path)) is { } foreign)
            throw new BundleSourceException($"There is {foreign.Path} at {Name}, which is no part of a bundle; push to a prefix of its own, such as {Name}/my-bundle.");
        var manifest = files.FirstOrDefault(f => f.Path == BundleManifest.FileName);

        // Half of a first push would look like a whole bundle that has no manifest.
        if (manifest is not null && there.Blobs.All(b => b.Path != BundleManifest.FileName))
            await UploadAsync(manifest, cancellation);
        foreach (var file in BundleArchive.Content(files))
            await UploadAsync(file, cancellation);
        foreach (var gone in there.Blobs.Where(b => files.All(f => f.Path != b.Path)))
            await container.Value.DeleteBlobIfExistsAsync(options.Prefix + gone.Path, cancellationToken: cancellation);
        if (files.FirstOrDefault(f => f.Path == BundleManifest.SignatureFileName) is { } signatures)
            await UploadAsync(signatures, cancellation);
        if (manifest is not null)
            await UploadAsync(manifest, cancellation);
    }

    private async Task UploadAsync(BundleFile file, CancellationToken cancellation)
        => await UploadAsync(options.Prefix + file.Path, file.Content, cancellation);

    private async Task UploadAsync(string blob, ReadOnlyMemory<byte> content, CancellationToken cancellation)
        => await container.Value.GetBlobClient(blob).UploadAsync(new BinaryData(content), overwrite: true, cancellation);
}
