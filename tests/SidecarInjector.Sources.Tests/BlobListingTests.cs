using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using SidecarInjector.Configuration;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>Which blobs make a bundle, and which are refused.</summary>
public sealed class BlobListingTests : IAsyncLifetime
{
    private readonly BlobPlace place = new();
    private readonly BlobArchivePlace archive = new();

    public Task InitializeAsync() => Task.WhenAll(place.InitializeAsync(), archive.InitializeAsync());

    public Task DisposeAsync() => Task.WhenAll(place.DisposeAsync(), archive.DisposeAsync());

    [NeedsAzuriteFact]
    public async Task Hidden_names_and_markers_of_folders_do_not_count()
    {
        await place.PutAsync(Files.Of(("config.yaml", "one"), ("templates/.draft/a.yaml", "no"), (".git", "no"), ("values.yaml", "")));
        var azurite = await Azurite.Shared;
        var exact = new BlobContainerClient(azurite.ConnectionString(), place.Container.Name, new BlobClientOptions { TrimBlobNameSlashes = false });
        foreach (var marker in new[] { "bundles/shop/", "bundles/shop/templates/" })
            await exact.GetBlobClient(marker).UploadAsync(new BinaryData(""));
        await place.Container.GetBlobClient("bundles/shop/clusters").UploadAsync(new BinaryData(""), Marker);

        var content = await place.CreateSource().ReadAsync(null);

        Assert.Equal(["config.yaml: one", "values.yaml: "], Files.Lines(content?.Files));
    }

    [NeedsAzuriteFact]
    public async Task Blobs_beside_the_prefix_do_not_count()
    {
        await place.PutAsync(Files.Of(("config.yaml", "one")));
        await place.Container.GetBlobClient("bundles/shop-old/values.yaml").UploadAsync(new BinaryData("no"));

        var content = await place.CreateSource().ReadAsync(null);

        Assert.Equal(["config.yaml: one"], Files.Lines(content?.Files));
    }

    [NeedsAzuriteFact]
    public async Task A_whole_container_is_a_bundle_too()
    {
        await place.Container.GetBlobClient("config.yaml").UploadAsync(new BinaryData("one"));
        var azurite = await Azurite.Shared;
        var source = new BlobBundleSource(BlobSourceOptions.Parse(new Uri($"blob:{place.Container.Name}"), azurite.ConnectionString()));

        var content = await source.ReadAsync(null);

        Assert.Equal(["config.yaml: one"], Files.Lines(content?.Files));
    }

    [NeedsAzuriteFact]
    public async Task A_name_that_leads_out_of_the_bundle_is_an_error()
    {
        await place.PutAsync(Files.Of(("config.yaml", "one"), ("templates/c:evil.yaml", "no")));

        var error = await Assert.ThrowsAsync<BundleSourceException>(() => place.CreateSource().ReadAsync(null));

        Assert.Contains("'templates/c:evil.yaml'", error.Message, StringComparison.Ordinal);
    }

    [NeedsAzuriteFact]
    public async Task A_blob_that_is_too_large_is_not_downloaded()
    {
        await place.PutAsync([.. Files.Sample(), new BundleFile("large.yaml", new byte[BundleLimits.File + 1])]);
        var wire = new Wire();
        var source = new BlobBundleSource(place.Options with { Transport = new HttpClientTransport(wire) });

        var error = await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));

        Assert.Contains("large.yaml", error.Message, StringComparison.Ordinal);
        Assert.Empty(wire.Downloads);
    }

    [NeedsAzuriteFact]
    public async Task An_archive_that_is_too_large_is_refused()
    {
        await archive.Container.GetBlobClient("bundles/shop.tar").UploadAsync(new BinaryData(new byte[(2 * BundleLimits.Total) + 1]));

        var error = await Assert.ThrowsAsync<BundleSourceException>(() => archive.CreateSource().ReadAsync(null));

        Assert.Contains("is larger than", error.Message, StringComparison.Ordinal);
    }

    /// <summary>As accounts with a hierarchical namespace show a folder.</summary>
    private static BlobUploadOptions Marker => new() { Metadata = new Dictionary<string, string> { ["hdi_isfolder"] = "true" } };
}
