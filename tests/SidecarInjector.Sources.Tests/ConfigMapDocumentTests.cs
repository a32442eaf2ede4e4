using System.Text;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;
using Xunit;

namespace SidecarInjector.Sources.Tests;

public sealed class ConfigMapDocumentTests
{
    private static readonly byte[] Archive = BundleArchive.Pack([new BundleFile("config.yaml", "policy: enabled\n"u8.ToArray())]);

    [Fact]
    public void Istios_keys_are_the_bundles_files_and_other_keys_are_paths()
    {
        var files = Read("""
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: istio-sidecar-injector, namespace: istio-system}
            data:
              config: "policy: enabled"
              values: "{}"
              mesh: ""
              templates__sidecar.yaml.hbs: "spec: {}"
              revisions__canary__values.yaml: "{a: 1}"
            binaryData:
              templates__partials__env.hbs: LSBuYW1lOiBB
            """);

        Assert.Equal("policy: enabled", files["config.yaml"]);
        Assert.Equal("{}", files["values.yaml"]);
        Assert.Equal("", files["mesh.yaml"]);
        Assert.Equal("spec: {}", files["templates/sidecar.yaml.hbs"]);
        Assert.Equal("{a: 1}", files["revisions/canary/values.yaml"]);
        Assert.Equal("- name: A", files["templates/partials/env.hbs"]);
    }

    [Fact]
    public void An_archive_is_the_whole_bundle()
    {
        var files = Read($"binaryData: {{bundle.tar: {Convert.ToBase64String(Archive)}}}");

        Assert.Equal("policy: enabled\n", Assert.Single(files).Value);
    }

    [Fact]
    public void An_archive_of_plain_text_may_stand_in_data_where_kubectl_puts_it()
    {
        var files = BundleDocument.OfConfigMap([KeyValuePair.Create("bundle.tar", Encoding.UTF8.GetString(Archive))], []);

        Assert.Equal("config.yaml", Assert.Single(files).Path);
    }

    [Fact]
    public void An_archive_with_keys_beside_it_is_refused()
    {
        var refused = Assert.Throws<BundleRefusedException>(
            () => BundleDocument.OfConfigMap([KeyValuePair.Create("config", "")], [KeyValuePair.Create("bundle.tar", Archive)]));

        Assert.Contains("bundle.tar, which is a whole bundle, and other keys beside it", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind: Secret\ndata: {config: e30=}\n", "line 1, column 7: expected a ConfigMap, but the document is a Secret.")]
    [InlineData("{\"kind\": \"Status\", \"message\": \"forbidden\"}", "expected a ConfigMap, but the document is a Status.")]
    [InlineData("kind: ConfigMap\n", "The ConfigMap has no data; expected at least the key 'config'.")]
    [InlineData("data: {config: a}\ntemplates: {}\n", "line 2, column 1: unknown key 'templates'; known: apiVersion, kind,")]
    [InlineData("data:\n  config: {policy: enabled}\n", "line 2, column 11: expected text as data.config, but there is a map.")]
    [InlineData("data: {config: 5}\n", "expected text as data.config, but there is a number.")]
    [InlineData("data: {config: a}\nbinaryData: {mesh: '%%'}\n", "The ConfigMap's binaryData.mesh is not base64.")]
    [InlineData("data: {config: a, config.yaml: b}\n", "The document holds config.yaml twice.")]
    [InlineData("data: {..__..__etc: a}\n", "a file with the path '../../etc'")]
    [InlineData("data: {a__: b}\n", "a file with the path 'a/'")]
    [InlineData("binaryData: {bundle.tar: e30=}\n", "This is not an archive of a bundle")]
    public void What_is_no_ConfigMap_of_a_bundle_is_refused(string content, string expected)
    {
        var refused = Assert.Throws<BundleRefusedException>(() => Read(content));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.yaml", "config")]
    [InlineData("values.yaml", "values")]
    [InlineData("values.json", "values")]
    [InlineData("mesh.yaml", "mesh")]
    [InlineData("mesh.json", "mesh")]
    [InlineData("manifest.json", "manifest.json")]
    [InlineData("templates/sidecar.yaml.hbs", "templates__sidecar.yaml.hbs")]
    [InlineData("revisions/canary/templates/partials/_env.hbs", "revisions__canary__templates__partials___env.hbs")]
    public void Every_path_has_its_key(string path, string expected)
    {
        var key = BundleDocument.ToConfigMapKey(path);

        Assert.Equal(expected, key);
    }

    [Theory]
    [InlineData("templates/a__b.yaml.hbs")]
    [InlineData("revisions/a_/config.yaml")]
    [InlineData("config")]
    public void A_path_that_would_be_read_back_as_another_has_no_key(string path) => Assert.Null(BundleDocument.ToConfigMapKey(path));

    [Fact]
    public void What_was_written_under_its_keys_is_read_back()
    {
        var files = EmbeddedBundleSource.Files;
        var data = files.Select(f => KeyValuePair.Create(BundleDocument.ToConfigMapKey(f.Path)!, Encoding.UTF8.GetString(f.Content.Span)));

        var read = BundleDocument.OfConfigMap(data, []);

        Assert.Equal(files.Select(f => f.Path.Replace("values.json", "values.yaml", StringComparison.Ordinal)).Order(), read.Select(f => f.Path).Order());
    }

    private static Dictionary<string, string> Read(string content)
        => BundleDocument.Read(Encoding.UTF8.GetBytes(content)).ToDictionary(f => f.Path, f => Encoding.UTF8.GetString(f.Content.Span));
}
