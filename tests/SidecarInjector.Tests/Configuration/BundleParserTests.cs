using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using Xunit;

namespace SidecarInjector.Tests.Configuration;

public class BundleParserTests
{
    private const string Template = "metadata:\n  annotations:\n    tag: \"{{values.tag}} {{meshConfig.trustDomain}}\"\n";

    [Fact]
    public void Every_mistake_is_listed_with_its_place()
    {
        var result = BundleParser.Parse([
            Bundles.File("config.yaml",
                "policy: sometimes\nneverInjectSelector:\n- matchExpressions:\n  - {key: a, operator: In}\n  - {key: 'b b', operator: Exists, values: [x]}\nallowRawText: 1\n"),
            Bundles.File("values.yaml", "a: 1\na: 2\n"),
            Bundles.File("mesh.yaml", "- 1\n"),
            Bundles.File("templates/sidecar.yaml.hbs", "{{nosuch 1}}"),
            Bundles.File("revisions/r1/values.yaml", "{"),
            Bundles.File("clusters/c1.yaml", "platform: vax\nnodeVersions: 1\n"),
        ]);

        Assert.Null(result.Bundle);
        string[] expected =
        [
            "config.yaml:1:9: config.policy: expected enabled or disabled, found 'sometimes'",
                "config.yaml:4:5: matchExpressions: In needs values", "config.yaml:5:5: matchExpressions: Exists takes no values",
            "'b b' is not a label's name", "config.yaml:6:15: config.allowRawText: expected true or false, found '1'", "values.yaml:2:1: ",
                "mesh.yaml:1:1: expected a map", "templates/sidecar.yaml.hbs:1:3: ",
            "revisions/r1/values.yaml:", "clusters/c1.yaml:1:11: ", "clusters/c1.yaml:2:15: ",
        ];
        Assert.All(expected, e => Assert.Contains(result.Problems, p => p.ToString().Contains(e, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_field_or_file_that_is_not_known_is_only_warned_about()
    {
        var result = BundleParser.Parse([Bundles.File("config.yaml", "polcy: enabled\n"), Bundles.File("README.md", "x"),
            Bundles.File("templates/sidecar.yaml.hbs", "{}")]);

        Assert.NotNull(result.Bundle);
        Assert.Contains(result.Warnings, w => w.ToString().StartsWith("config.yaml:1:1: config.polcy is not known", StringComparison.Ordinal));
        Assert.Contains(result.Warnings, w => w.File == "README.md");
    }

    [Theory]
    [InlineData("defaultTemplates: [nosuch]", "defaultTemplates: there is no template 'nosuch'; known: sidecar")]
    [InlineData("aliases: {a: [nosuch]}", "aliases.a: there is no template 'nosuch'")]
    [InlineData("templates: {sidecar: '{}'}", "stands in config.yaml#sidecar too")]
    public void Names_must_be_those_of_templates(string config, string expected)
    {
        var result = BundleParser.Parse([Bundles.File("config.yaml", config), Bundles.File("templates/sidecar.yaml.hbs", "{}")]);

        Assert.Contains(result.Problems, p => p.Message.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_bundle_without_a_config_or_a_template_is_refused()
    {
        var result = BundleParser.Parse([]);

        Assert.Equal(["config.yaml"], result.Problems.Select(p => p.File));
        Assert.Equal(["templates"], BundleParser.Parse([Bundles.File("config.yaml", "")]).Problems.Select(p => p.File));
    }

    [Fact]
    public void A_file_that_is_not_UTF8_is_refused()
    {
        var result = BundleParser.Parse([Bundles.File("config.yaml", ""), new BundleFile("templates/sidecar.yaml.hbs", new byte[] { 0xFF, 0xFE, 0x00 })]);

        Assert.Contains(result.Problems, p => p.Message.Contains("not UTF-8", StringComparison.Ordinal));
    }

    [Fact]
    public void The_version_is_that_of_the_content_whatever_the_order_of_the_files()
    {
        BundleFile[] files = [Bundles.File("config.yaml", ""), Bundles.File("templates/sidecar.yaml.hbs", "{}"), Bundles.File("values.yaml", "{a: 1}")];

        var version = BundleParser.ParseOrThrow(files).Version;

        Assert.Equal(version, BundleParser.ParseOrThrow([.. files.Reverse()]).Version);
        Assert.NotEqual(version, BundleParser.ParseOrThrow([files[0], files[1], Bundles.File("values.yaml", "{a: 2}")]).Version);
        Assert.Matches("^[0-9a-f]{64}$", version);
    }

    [Theory]
    [InlineData("", "", "base base.local")]
    [InlineData("canary", "", "canary base.local")]
    [InlineData("", "east", "base east.local")]
    [InlineData("canary", "east", "canary east.local")]
    [InlineData("nosuch", "nosuch", "base base.local")]
    [InlineData("other", "", "other: base")]
    [InlineData("", "west", "west: base")]
    public void Parts_of_revision_and_cluster_lie_over_the_bundle(string revision, string cluster, string expected)
    {
        var bundle = BundleParser.ParseOrThrow([
            Bundles.File("config.yaml", ""), Bundles.File("templates/sidecar.yaml.hbs", Template), Bundles.File("values.yaml", "tag: base"),
                Bundles.File("mesh.yaml", "{trustDomain: base.local, enablePrometheusMerge: false}"),
            Bundles.File("revisions/canary/values.yaml", "tag: canary"),
            Bundles.File("revisions/other/templates/sidecar.yaml.hbs", "metadata:\n  annotations:\n    tag: \"other: {{values.tag}}\"\n"),
            Bundles.File("clusters/east.yaml", "mesh: {trustDomain: east.local}"),
            Bundles.File("clusters/west.yaml", "templates:\n  sidecar: |\n    metadata:\n      annotations:\n        tag: \"west: {{values.tag}}\"\n"),
        ]);

        var outcome = new BundleSnapshot(bundle, "test", default).Injector(revision, cluster).Inject(new InjectionRequest { Pod = Bundles.PodWith() });

        Assert.Equal(expected, outcome.Pod["metadata"]!["annotations"]!["tag"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("nodeVersions: [v1.33.0, v1.34.1]", true)]
    [InlineData("nodeVersions: [v1.33.0, v1.32.9]", false)]
    [InlineData("nodeVersions: ['']", false)]
    [InlineData("nodeVersions: []", true)]
    [InlineData("{}", false)]
    public void In_mode_auto_every_node_must_be_able_to_run_a_native_sidecar(string cluster, bool native)
    {
        var bundle = BundleParser.ParseOrThrow([
            Bundles.File("config.yaml", "nativeSidecars: auto"), Bundles.File("clusters/c.yaml", cluster),
            Bundles.File("templates/sidecar.yaml.hbs", "metadata:\n  annotations:\n    native: \"{{nativeSidecar}}\"\n"),
        ]);

        var outcome = bundle.Select("", "c").Inject(Bundles.PodWith());

        Assert.Equal(native ? "true" : "false", outcome.Pod["metadata"]!["annotations"]!["native"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("1000620000/10000", "1000620000/10000", 1000629999, 1000629999)]
    [InlineData("1000-2000", null, 2000, 2000)]
    [InlineData("1000/10", "5000/10,7000/10", 1009, 5009)]
    [InlineData("broken", null, 1337, 1337)]
    public void On_OpenShift_the_namespace_says_which_ids_the_proxy_runs_as(string users, string? groups, long user, long group)
    {
        var annotations = new System.Text.Json.Nodes.JsonObject { ["openshift.io/sa.scc.uid-range"] = users };
        if (groups is not null)
            annotations["openshift.io/sa.scc.supplemental-groups"] = groups;

        var ids = ProxyIds.Of(new ClusterFacts
        {
            Platform = "openshift",
            NamespaceAnnotations = new Dictionary<string,
            System.Text.Json.Nodes.JsonObject>
            { ["shop"] = annotations }
        }, "shop");

        Assert.Equal(new ProxyIds(user, group), ids);
    }
}
