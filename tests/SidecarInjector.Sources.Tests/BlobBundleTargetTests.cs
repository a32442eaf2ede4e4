using Azure.Core.Pipeline;
using SidecarInjector.Sources.Packing;
using Xunit;

namespace SidecarInjector.Sources.Tests;

public sealed class BlobBundleTargetTests : IAsyncLifetime
{
    private readonly BlobPlace place = new();
    private readonly BlobArchivePlace archive = new();

    public Task InitializeAsync() => Task.WhenAll(place.InitializeAsync(), archive.InitializeAsync());

    public Task DisposeAsync() => Task.WhenAll(place.DisposeAsync(), archive.DisposeAsync());

    [NeedsAzuriteTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_pushed_is_what_is_read(bool asArchive)
    {
        var there = asArchive ? archive : place;
        var files = Files.Sample();

        await new BlobBundleTarget(there.Options).WriteAsync(files);

        var content = await there.CreateSource().ReadAsync(null);
        Assert.Equal(Files.Lines(files), Files.Lines(content?.Files));
        Assert.Equal(1, new BundleVerifier([]).Verify(content?.Files ?? []).Version);
    }

    [NeedsAzuriteTheory]
    [InlineData(true, "values.yaml")]
    [InlineData(true, "config.yaml")]
    [InlineData(false, "values.yaml")]
    [InlineData(false, "templates/sidecar.yaml.hbs")]
    public async Task Half_a_push_is_not_taken_for_a_bundle(bool isFirst, string failsAt)
    {
        if (!isFirst)
            await place.PutAsync(Files.Sample("old"));
        var wire = new Wire(request => IsUploadOf(failsAt, request) ? throw new HttpRequestException("the line is cut") : Task.CompletedTask);
        var target = new BlobBundleTarget(place.Options with { Transport = new HttpClientTransport(wire) });

        await Assert.ThrowsAsync<BundleSourceException>(() => target.WriteAsync(Files.Sample("new", version: 2)));

        var content = await place.CreateSource().ReadAsync(null);
        var refusal = Assert.Throws<BundleRefusedException>(() => new BundleVerifier([]).Verify(content?.Files ?? []));
        Assert.StartsWith("The bundle is not whole: ", refusal.Message, StringComparison.Ordinal);
    }

    [NeedsAzuriteFact]
    public async Task A_push_to_where_something_else_lies_is_refused_and_leaves_it_there()
    {
        var other = place.Container.GetBlobClient("bundles/shop/another/bundle.tar");
        await other.UploadAsync(new BinaryData("other"));

        var refused = await Assert.ThrowsAsync<BundleSourceException>(() => new BlobBundleTarget(place.Options).WriteAsync(Files.Sample()));

        Assert.Contains("another/bundle.tar", refused.Message, StringComparison.Ordinal);
        Assert.True(await other.ExistsAsync());
    }

    [NeedsAzuriteFact]
    public async Task A_push_takes_away_what_the_bundle_no_longer_has_and_leaves_what_is_no_part_of_one()
    {
        await place.PutAsync([.. Files.Sample(), .. Files.Of(("templates/old.yaml.hbs", "old"), (BundleManifest.SignatureFileName, "old"))]);
        foreach (var other in new[] { "bundles/shop/.keep", "bundles/shop-old/config.yaml" })
            await place.Container.GetBlobClient(other).UploadAsync(new BinaryData("other"));

        await new BlobBundleTarget(place.Options).WriteAsync(Files.Sample());

        var names = new List<string>();
        await foreach (var blob in place.Container.GetBlobsAsync())
            names.Add(blob.Name);
        var parts = Files.Sample().Select(f => $"bundles/shop/{f.Path}").Order(StringComparer.Ordinal);
        Assert.Equal(["bundles/shop-old/config.yaml", "bundles/shop/.keep", .. parts], names.Order(StringComparer.Ordinal));
    }

    [NeedsAzuriteFact]
    public async Task The_manifest_is_written_last()
    {
        await place.PutAsync(Files.Sample());
        var wire = new Wire();

        await new BlobBundleTarget(place.Options with { Transport = new HttpClientTransport(wire) })
            .WriteAsync([.. Files.Sample(version: 2), .. Files.Of((BundleManifest.SignatureFileName, "signature"))]);

        var last = wire.Requests.Where(r => r.StartsWith("PUT ", StringComparison.Ordinal)).TakeLast(2);
        Assert.Equal(["manifest.sig", "manifest.json"], last.Select(r => r[(r.LastIndexOf('/') + 1)..]));
    }

    private static bool IsUploadOf(string file, HttpRequestMessage request)
        => request.Method == HttpMethod.Put && request.RequestUri?.AbsolutePath.EndsWith(file, StringComparison.Ordinal) == true;
}
