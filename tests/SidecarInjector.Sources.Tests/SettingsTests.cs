using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace SidecarInjector.Sources.Tests;

public sealed class SettingsTests
{
    [Fact]
    public void Without_settings_the_embedded_bundle_is_used()
    {
        var settings = Read();

        Assert.Equal(("", 30, 10, 1), (settings.Uri, settings.RefreshInterval.TotalSeconds, settings.Timeout.TotalSeconds, settings.MaxStale.TotalDays));
        Assert.IsType<EmbeddedBundleSource>(BundleSources.Create(settings));
    }

    [Fact]
    public void All_mistakes_come_at_once_each_with_its_settings_name()
    {
        var refused = Assert.Throws<SettingsException>(() => Read(("Source:RefreshInterval", "soon"), ("Source:Timeout", "30"), ("Source:MinimumVersion", "-1"),
            ("Source:PublicKeys:0", "/no/such/key.pem"), ("Source:Http:HeaderName", "X-Key"), ("Source:Urk", "x"), ("Sorce:Uri", "x"),
            ("Source:Uri", "http://example.com/bundle")));

        Assert.Equal(
        [
            "SidecarInjector__Source__RefreshInterval: expected a duration from 00:00:01 to 1.00:00:00, such as 00:00:30, found 'soon'",
            "SidecarInjector__Source__Timeout: expected a duration from 00:00:00.1000000 to 00:05:00, such as 00:00:10, found '30'",
            "SidecarInjector__Source__PublicKeys: expected a public key in PEM or a file with one: Could not find a part of the path '/no/such/key.pem'.",
            "SidecarInjector__Source__MinimumVersion: expected a whole number from 0, found '-1'",
            "SidecarInjector__Source__Http__HeaderName: the header's name and its value (HeaderValue) belong together; set both or neither",
        ], refused.Mistakes.Take(5));
        Assert.Contains(refused.Mistakes, m => m.StartsWith("SidecarInjector__Source__Urk: there is no such setting; there are", StringComparison.Ordinal));
        Assert.Contains(refused.Mistakes, m => m.StartsWith("SidecarInjector__Sorce: there is no such setting", StringComparison.Ordinal));
        Assert.Contains(refused.Mistakes, m => m.Contains("must be https", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://acc.blob.core.windows.net/bundles/prod", typeof(BlobBundleSource))]
    [InlineData("https://example.com/bundle", typeof(HttpBundleSource))]
    [InlineData("http://127.0.0.1:1/bundle", typeof(HttpBundleSource))]
    [InlineData("/some/folder", typeof(FolderBundleSource))]
    [InlineData("relative/folder", typeof(FolderBundleSource))]
    public void The_URI_alone_says_which_source_it_is(string uri, Type expected)
    {
        var source = BundleSources.Create(Read(("Source:Uri", uri)));

        Assert.IsType(expected, source);
        (source as IDisposable)?.Dispose();
    }

    [Theory]
    [InlineData("blob:bundles/prod", "needs the connection string")]
    [InlineData("configmap://just-a-namespace", "expected configmap://NAMESPACE/NAME")]
    [InlineData("ftp://example.com/bundle", "begins with ftp:")]
    [InlineData("https://user:secret@example.com/bundle", "holds a user or password")]
    public void A_URI_that_cannot_work_is_refused_at_the_start(string uri, string reason)
    {
        var refused = Assert.Throws<SettingsException>(() => Read(("Source:Uri", uri)));

        Assert.Contains(reason, Assert.Single(refused.Mistakes), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pinned_key_is_given_as_PEM_or_as_a_file()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, key.ExportSubjectPublicKeyInfoPem());

        var settings = Read(("Source:PublicKeys:0", key.ExportSubjectPublicKeyInfoPem()), ("Source:PublicKeys:1", file));

        File.Delete(file);
        Assert.All(settings.PublicKeys, k => Assert.Equal(key.ExportSubjectPublicKeyInfo(), k.ExportSubjectPublicKeyInfo()));
        Assert.Equal(2, settings.PublicKeys.Count);
    }

    [Fact]
    public async Task The_sample_and_the_README_hold_every_setting_with_its_default()
    {
        var root = Path.Combine(AppContext.BaseDirectory, "../../../../..");
        var sample = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(root, "local.settings.sample.json")))!["Values"]!.AsObject();
        var readme = await File.ReadAllTextAsync(Path.Combine(root, "README.md"));

        Assert.All(InjectorSettings.Known, s => Assert.Equal(s.Value, sample[s.Key]?.GetValue<string>()));
        Assert.All(InjectorSettings.Known, s => Assert.Contains($"| `{s.Key}` | {(s.Value.Length > 0 ? $"`{s.Value}`" : "")} |", readme, StringComparison.Ordinal));
        Assert.Equal(InjectorSettings.Known.Select(s => s.Key), sample.Select(s => s.Key).Where(k => k.StartsWith("SidecarInjector", StringComparison.Ordinal)));
        Assert.Empty(Read([.. sample.Where(s => s.Key.StartsWith("SidecarInjector", StringComparison.Ordinal))
            .Select(s => (s.Key["SidecarInjector__".Length..].Replace("__", ":", StringComparison.Ordinal), s.Value!.GetValue<string>()))]).Uri);
    }

    private static SourceSettings Read(params (string Key, string Value)[] settings)
        => InjectorSettings.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>($"SidecarInjector:{s.Key}", s.Value))).Build()).Source;
}
