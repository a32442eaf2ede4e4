using Azure.Core.Pipeline;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>What is peculiar to reading from Blob Storage.</summary>
public sealed class BlobBundleSourceTests : IAsyncLifetime
{
    private readonly BlobPlace place = new();
    private readonly BlobArchivePlace archive = new();

    public Task InitializeAsync() => Task.WhenAll(place.InitializeAsync(), archive.InitializeAsync());

    public Task DisposeAsync() => Task.WhenAll(place.DisposeAsync(), archive.DisposeAsync());

    [NeedsAzuriteFact]
    public async Task A_bundle_that_changes_while_it_is_read_is_read_again()
    {
        await place.PutAsync(Files.Sample("old"));
        var changes = 0;
        var source = Source(place, new Wire(async request =>
        {
            if (IsDownload(request) && Interlocked.Increment(ref changes) == 1)
                await place.PutAsync(Files.Sample("new", version: 2));
        }));

        var content = await source.ReadAsync(null);

        Assert.Equal(Files.Lines(Files.Sample("new", version: 2)), Files.Lines(content?.Files));
    }

    [NeedsAzuriteFact]
    public async Task A_blob_that_goes_while_the_others_are_read_is_no_error()
    {
        await place.PutAsync(Files.Sample());
        var source = Source(place, new Wire(async request =>
        {
            if (IsDownload(request))
                await place.Container.DeleteBlobIfExistsAsync("bundles/shop/values.yaml");
        }));

        var content = await source.ReadAsync(null);

        Assert.Equal(["config.yaml", "manifest.json", "templates/sidecar.yaml.hbs"], content?.Files.Select(f => f.Path));
    }

    [NeedsAzuriteFact]
    public async Task A_bundle_that_never_stops_changing_is_not_read()
    {
        await place.PutAsync(Files.Sample());
        var changes = 0;
        var source = Source(place, new Wire(async request =>
        {
            if (IsDownload(request))
                await place.Container.GetBlobClient("bundles/shop/config.yaml").UploadAsync(Different(), overwrite: true);
        }));

        BinaryData Different() => new($"{Interlocked.Increment(ref changes)}");

        var error = await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));

        Assert.Equal($"The blobs at {place.Options.Name} keep changing while they are read.", error.Message);
    }

    [NeedsAzuriteFact]
    public async Task An_unchanged_folder_is_listed_and_nothing_is_downloaded()
    {
        await place.PutAsync(Files.Sample());
        var wire = new Wire();
        var source = Source(place, wire);
        var first = await source.ReadAsync(null);
        wire.Clear();

        var second = await source.ReadAsync(first?.Tag);

        Assert.Null(second);
        Assert.Contains("comp=list", Assert.Single(wire.Requests), StringComparison.Ordinal);
    }

    [NeedsAzuriteFact]
    public async Task An_unchanged_archive_is_asked_for_once_and_not_sent()
    {
        await archive.PutAsync(Files.Sample());
        var wire = new Wire();
        var source = Source(archive, wire);
        var first = await source.ReadAsync(null);
        wire.Clear();

        var second = await source.ReadAsync(first?.Tag);

        Assert.Null(second);
        Assert.Equal(["shop.tar"], wire.Downloads);
    }

    [NeedsAzuriteFact]
    public async Task After_a_change_of_one_template_one_blob_is_downloaded()
    {
        await place.PutAsync(Files.Of(("config.yaml", "one"), ("templates/sidecar.yaml.hbs", "one")));
        var wire = new Wire();
        var source = Source(place, wire);
        var first = await source.ReadAsync(null);
        await place.Container.GetBlobClient("bundles/shop/templates/sidecar.yaml.hbs").UploadAsync(new BinaryData("two"), overwrite: true);
        wire.Clear();

        var second = await source.ReadAsync(first?.Tag);

        Assert.Equal(["sidecar.yaml.hbs"], wire.Downloads);
        Assert.Equal(["config.yaml: one", "templates/sidecar.yaml.hbs: two"], Files.Lines(second?.Files));
    }

    private static bool IsDownload(HttpRequestMessage request)
        => request.Method == HttpMethod.Get && request.RequestUri?.Query.Contains("comp=list", StringComparison.Ordinal) == false;

    private static BlobBundleSource Source(BlobPlace place, Wire wire) => new(place.Options with { Transport = new HttpClientTransport(wire) });
}
