using System.Text;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;
using Xunit;

namespace SidecarInjector.Sources.Tests;

public sealed class BundleDocumentTests
{
    [Fact]
    public void A_map_in_YAML_becomes_the_files_of_a_folder()
    {
        var files = Read("""
            config:
              policy: enabled
            values: |
              global: {network: east}   # as it is written
            mesh: {trustDomain: cluster.local}
            templates:
              sidecar: |
                spec: {}
            partials:
              env: "- name: A"
            revisions:
              canary:
                values: {global: {tag: "2"}}
                templates: {sidecar: "spec: {}"}
                partials: {env: "[]"}
            clusters:
              east: {platform: openshift}
            """);

        Assert.Equal(
            [
                "clusters/east.yaml", "config.yaml", "mesh.yaml", "revisions/canary/templates/partials/env.hbs", "revisions/canary/templates/sidecar.yaml.hbs",
                "revisions/canary/values.yaml", "templates/partials/env.hbs", "templates/sidecar.yaml.hbs", "values.yaml",
            ],
            files.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("policy: enabled\n", files["config.yaml"]);
        Assert.Equal("global: {network: east}   # as it is written\n", files["values.yaml"]);
        Assert.Equal("spec: {}\n", files["templates/sidecar.yaml.hbs"]);
        Assert.Equal("global:\n  tag: \"2\"\n", files["revisions/canary/values.yaml"]);
    }

    [Fact]
    public void JSON_may_be_indented_with_tabs_and_escape_what_is_not_ASCII()
    {
        var files = Read("{\n\t\"config\": {\n\t\t\"policy\": \"enabled\"\n\t},\n\t\"templates\": {\"sidecar\": \"# \\ud83d\\ude00 \\u00e9 \\/\"}\n}\n");

        Assert.Equal("policy: enabled\n", files["config.yaml"]);
        Assert.Equal("# 😀 é /", files["templates/sidecar.yaml.hbs"]);
    }

    [Fact]
    public void A_document_of_Istios_bundle_compiles_to_the_bundle()
    {
        var document = SourceDocuments.OfBundle(EmbeddedBundleSource.Files);

        var result = BundleParser.Parse(BundleDocument.Read(document));

        Assert.Empty(result.Problems);
        Assert.NotNull(result.Bundle);
    }

    [Fact]
    public void An_archive_is_unpacked()
    {
        var archive = BundleArchive.Pack(BundleArchive.AddManifest([new BundleFile("config.yaml", "policy: enabled\n"u8.ToArray())], version: 3));

        var files = BundleDocument.Read(archive);

        Assert.Equal(["manifest.json", "config.yaml"], files.Select(f => f.Path));
    }

    [Fact]
    public void Keys_with_nothing_behind_them_are_not_there()
    {
        var files = Read("config: {}\nmesh:\npartials: null\nrevisions: ~\n");

        Assert.Equal(["config.yaml"], files.Keys);
    }

    [Theory]
    [InlineData("", "The document is empty; expected a packed bundle,")]
    [InlineData("# nothing\n", "The document is empty")]
    [InlineData("{}", "line 1, column 1: the map holds nothing; expected config, values,")]
    [InlineData("[1, 2]", "The document is a list; expected a packed bundle,")]
    [InlineData("Not found", "The document is a single value; expected")]
    [InlineData("\n <!DOCTYPE html><title>Sign in</title>", "The document is a page in HTML or XML; expected")]
    [InlineData("config: {\n  policy: [\n", "The document is no bundle: line 3, column 1: ")]
    [InlineData("config: {}\n---\nconfig: {}\n", "line 3, column 1: expected one YAML document, but there are 2")]
    [InlineData("config: {}\ntemplate: {}\n", "line 2, column 1: unknown key 'template', did you mean 'templates'?; known: config, values, mesh,")]
    [InlineData("message: no\n", "line 1, column 1: unknown key 'message'; known: config, values, mesh, templates, partials, revisions, clusters.")]
    [InlineData("revisions:\n  canary:\n    clusters: {}\n", "line 3, column 5: unknown key 'clusters'; known: config, values, mesh, templates, partials.")]
    [InlineData("config: [a]\n", "line 1, column 9: expected a map, or text that holds YAML as config, but there is a list")]
    [InlineData("config: 5\n", "column 9: expected a map, or text that holds YAML as config, but there is a number")]
    [InlineData("templates:\n  sidecar:\n    spec: {}\n", "line 3, column 5: expected text as templates.sidecar, but there is a map")]
    [InlineData("templates: text\n", "line 1, column 12: expected a map as templates, but there is a string")]
    [InlineData("templates: {../../etc/passwd: a}\n", "line 1, column 13: '../../etc/passwd' cannot be a name in templates")]
    [InlineData("clusters: {.hidden: {}}\n", "'.hidden' cannot be a name in clusters")]
    [InlineData("values: {a: .inf}\n", "line 1, column 13: expected a value that JSON has")]
    public void What_is_no_bundle_is_refused_with_its_place(string content, string expected)
    {
        var refused = Assert.Throws<BundleRefusedException>(() => Read(content));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        var refused = Assert.Throws<BundleRefusedException>(() => BundleDocument.Read(new byte[] { 0x1f, 0x8b, 0xff, 0 }));

        Assert.Contains("neither an archive nor UTF-8 text", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_too_large_is_refused()
    {
        var refused = Assert.Throws<BundleRefusedException>(() => Read($"values: '{new string('a', BundleLimits.File + 1)}'"));

        Assert.Equal($"The file values.yaml is larger than {BundleLimits.File} bytes.", refused.Message);
    }

    [Fact]
    public void Aliases_cannot_make_a_file_of_gigabytes()
    {
        var document = $"values:\n  a: &a '{new string('a', 1024 * 1024)}'\n  b: [{string.Join(',', Enumerable.Repeat("*a", 100_000))}]\n";

        var refused = Assert.Throws<BundleRefusedException>(() => Read(document));

        Assert.Contains("values.yaml is larger than", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_cannot_make_gigabytes_of_files()
    {
        var templates = string.Concat(Enumerable.Range(1, 4_000).Select(i => $"  t{i}: *a\n"));

        var refused = Assert.Throws<BundleRefusedException>(() => Read($"templates:\n  t: &a '{new string('a', 1024 * 1024)}'\n{templates}"));

        Assert.Equal($"The bundle's files are larger than {BundleLimits.Total} bytes together.", refused.Message);
    }

    [Fact]
    public void More_files_than_a_bundle_may_have_are_refused()
    {
        var templates = string.Concat(Enumerable.Range(0, BundleLimits.Files + 1).Select(i => $"  t{i}: ''\n"));

        var refused = Assert.Throws<BundleRefusedException>(() => Read("templates:\n" + templates));

        Assert.Contains($"more than {BundleLimits.Files} files", refused.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Read(string content)
        => BundleDocument.Read(Encoding.UTF8.GetBytes(content)).ToDictionary(f => f.Path, f => Encoding.UTF8.GetString(f.Content.Span));
}
