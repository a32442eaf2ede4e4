using System.Security.Cryptography;
using k8s;
using k8s.Models;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;
using SidecarInjector.Tests;
using Xunit;

namespace SidecarInjector.Sources.Tests;

public sealed class ConfigMapBundleTargetTests : IAsyncLifetime
{
    private readonly ConfigMapPlace place = new();

    public Task InitializeAsync() => place.InitializeAsync();

    public Task DisposeAsync() => place.DisposeAsync();

    [NeedsApiServerFact]
    public async Task Files_become_keys_that_a_person_can_edit()
    {
        await place.PutAsync(Files.Sample());

        var map = await ReadAsync();
        Assert.Equal(["config", "manifest.json", "templates__sidecar.yaml.hbs", "values"], map.Data.Keys.Order(StringComparer.Ordinal));
        Assert.Null(map.BinaryData);
        await ReadsBackAsync(Files.Sample());
    }

    [NeedsApiServerFact]
    public async Task A_signed_bundle_becomes_an_archive()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var files = BundleSignature.Sign(Files.Sample(), key);

        await place.PutAsync(files);

        var map = await ReadAsync();
        Assert.Null(map.Data);
        Assert.Equal(["bundle.tar"], map.BinaryData.Keys);
        await ReadsBackAsync(files);
    }

    [NeedsApiServerFact]
    public async Task Files_that_keys_cannot_hold_become_an_archive()
    {
        BundleFile[] others = [.. Files.Of(("a b.yaml", "text"), ("a__b.yaml", "text")), new BundleFile("a.yaml", new byte[] { 0xFF })];
        foreach (var file in others)
        {
            var files = BundleArchive.AddManifest([.. Files.Sample(), file], 1);

            await place.PutAsync(files);

            Assert.Equal(["bundle.tar"], (await ReadAsync()).BinaryData.Keys);
            await ReadsBackAsync(files);
        }
    }

    [NeedsApiServerFact]
    public async Task A_push_replaces_the_data_of_others_and_leaves_their_labels()
    {
        var others = new V1ConfigMap
        {
            Metadata = new V1ObjectMeta { Name = place.Name, Labels = new Dictionary<string, string> { ["team"] = "shop" } },
            Data = new Dictionary<string, string> { ["templates__old.yaml.hbs"] = "old" },
            BinaryData = new Dictionary<string, byte[]> { ["bundle.tar"] = [1] },
        };
        await place.Direct.CoreV1.CreateNamespacedConfigMapAsync(others, ConfigMapPlace.Namespace);

        await place.PutAsync(Files.Sample());

        Assert.Equal("shop", (await ReadAsync()).Metadata.Labels["team"]);
        await ReadsBackAsync(Files.Sample());
    }

    [NeedsApiServerFact]
    public async Task What_the_server_says_to_a_bundle_that_is_too_large_is_passed_on()
    {
        var error = await Assert.ThrowsAsync<BundleSourceException>(() => place.PutAsync(Files.Of(("config.yaml", new string('x', 1_100_000)))));

        Assert.StartsWith($"configmap://default/{place.Name} cannot be used, the API server answered 422: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("must have at most 1048576 bytes", error.Message, StringComparison.Ordinal);
    }

    private Task<V1ConfigMap> ReadAsync() => place.Direct.CoreV1.ReadNamespacedConfigMapAsync(place.Name, ConfigMapPlace.Namespace);

    private async Task ReadsBackAsync(IReadOnlyList<BundleFile> files)
    {
        var content = await place.CreateSource().ReadAsync(null);
        Assert.Equal(Files.Lines(files), Files.Lines(content?.Files));
        new BundleVerifier([]).Verify(content?.Files ?? []);
    }
}
