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
    [InlineData("https://", "cannot be read")]
    [InlineData("http://acc.blob.core.windows.net/c/x.tar?sv=2024-01-01&sig=secret", "is not https")]
    [InlineData("https://acc.blob.core.windows.net/c/x.tar?sv=2024-01-01&se=notadate&sig=secret", "a SAS with a date")]
    [InlineData("https://user:secret@example.com/bundle", "holds a user or password")]
    public void A_URI_that_cannot_work_is_refused_at_the_start(string uri, string reason)
    {
        var refused = Assert.Throws<SettingsException>(() => Read(("Source:Uri", uri)));

        Assert.Contains(reason, Assert.Single(refused.Mistakes), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Source:PublicKeys", "k.pub", "PublicKeys: expected a list, that is SidecarInjector__Source__PublicKeys__0")]
    [InlineData("Source:PublicKeys:0", "", "PublicKeys__0: the value is empty; expected 'none' if that is meant")]
    [InlineData("Source:PublicKeys:0", "  ", "PublicKeys__0: the value is empty")]
    [InlineData("Source", "/some/folder", "SidecarInjector__Source: this is not a setting but the beginning of several")]
    [InlineData("Source:Http", "x", "SidecarInjector__Source__Http: this is not a setting")]
    [InlineData("Source:MinimumVersion", "5", "MinimumVersion: a version number can be trusted only where bundles are signed")]
    public void A_setting_that_would_silently_not_count_is_a_mistake(string key, string value, string mistake)
    {
        var refused = Assert.Throws<SettingsException>(() => Read((key, value)));

        Assert.Contains(mistake, Assert.Single(refused.Mistakes), StringComparison.Ordinal);
    }

    [Fact]
    public void No_keys_are_meant_only_if_it_is_said() => Assert.Empty(Read(("Source:PublicKeys:0", "none")).PublicKeys);

    [Fact]
    public void A_private_key_is_not_taken_for_a_public_one()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var refused = Assert.Throws<SettingsException>(() => Read(("Source:PublicKeys:0", key.ExportECPrivateKeyPem())));

        Assert.Contains("this is the private key", Assert.Single(refused.Mistakes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://host/x?token=SECRET", "https://host/x")]
    [InlineData("https://user:SECRET@host/x", "https://host/x")]
    [InlineData("configmap://shop/bundle", "configmap://shop/bundle")]
    [InlineData("/a/folder?", "/a/folder?")]
    [InlineData("", "istio (embedded)")]
    public void A_URI_is_shown_without_what_may_be_secret(string uri, string shown) => Assert.Equal(shown, new SourceSettings { Uri = uri }.ShownUri);

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

        // The sample is for this machine, where nobody has to prove anything; an app without callers would not start.
        Assert.All(InjectorSettings.Known, s => Assert.Equal(s.Key.EndsWith("__Mode", StringComparison.Ordinal) ? "none" : s.Value, sample[s.Key]?.GetValue<string>()));
        Assert.All(InjectorSettings.Known, s => Assert.Contains($"| `{s.Key}` | {(s.Value.Length > 0 ? $"`{s.Value}`" : "")} |", readme, StringComparison.Ordinal));
        Assert.Equal(InjectorSettings.Known.Select(s => s.Key), sample.Select(s => s.Key).Where(k => k.StartsWith("SidecarInjector", StringComparison.Ordinal)));
        Assert.Empty(Read([.. sample.Where(s => s.Key.StartsWith("SidecarInjector", StringComparison.Ordinal))
            .Select(s => (s.Key["SidecarInjector__".Length..].Replace("__", ":", StringComparison.Ordinal), s.Value!.GetValue<string>()))]).Uri);
    }

    private static SourceSettings Read(params (string Key, string Value)[] settings)
        => InjectorSettings.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>($"SidecarInjector:{s.Key}", s.Value))).Build()).Source;
}
