using System.Text.Json.Nodes;
using SidecarInjector.Injection;
using SidecarInjector.Templates.Functions;
using Xunit;

namespace SidecarInjector.Tests.Templates;

public class FunctionTests
{
    private const string Values = """
        {num: 600, frac: 1.5, t: Text, empty: "", off1: false, on1: true, zero: 0, list: [b, a], map: {b: 1, a: null},
            nested: {x: {y: null}, z: [null]}, path: /a/b/c.pem, "null": null,
         containers: [{name: web, ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP}]}, {name: istio-proxy, ports: [{containerPort: 9}]}]}
        """;

    [Theory]
    [InlineData("annotation metadata \"a\" \"d\"", "\"v\"")]
    [InlineData("annotation metadata \"b\" values.num", "\"600\"")]
    [InlineData("annotation metadata \"b\"", null)]
    [InlineData("annotation values.missing \"b\" \"d\"", "\"d\"")]
    [InlineData("isset metadata.annotations \"a\"", "true")]
    [InlineData("isset metadata.annotations \"b\"", "false")]
    [InlineData("isset values.missing \"b\"", "false")]
    [InlineData("index values.list 1", "\"a\"")]
    [InlineData("index values.list 7", null)]
    [InlineData("index values.missing \"x\" \"y\"", null)]
    [InlineData("default \"d\" values.empty", "\"d\"")]
    [InlineData("default \"d\" values.zero", "\"d\"")]
    [InlineData("default \"d\" values.t", "\"Text\"")]
    [InlineData("valueOrDefault values.zero 5", "0")]
    [InlineData("valueOrDefault values.missing 5", "5")]
    [InlineData("eq values.num 600", "true")]
    [InlineData("eq values.num \"600\"", "false")]
    [InlineData("eq values.t \"a\" \"Text\"", "true")]
    [InlineData("eq values.missing values.null", "true")]
    [InlineData("ne values.t values.empty", "true")]
    [InlineData("lt values.frac values.num", "true")]
    [InlineData("ge values.missing 0", "true")]
    [InlineData("gt (len values.list) 1", "true")]
    [InlineData("and values.t values.num", "600")]
    [InlineData("and values.empty values.num", "\"\"")]
    [InlineData("or values.empty values.off1 values.t", "\"Text\"")]
    [InlineData("or values.empty values.off1", "false")]
    [InlineData("not values.missing", "true")]
    [InlineData("contains \"ex\" values.t", "true")]
    [InlineData("contains \"/\" values.missing", "false")]
    [InlineData("concat values.t values.num values.missing values.on1", "\"Text600true\"")]
    [InlineData("join \",\" values.list", "\"b,a\"")]
    [InlineData("join \",\" values.missing", "\"\"")]
    [InlineData("toLower values.t", "\"text\"")]
    [InlineData("trimAll \"-_.\" \"-.a-b_.\"", "\"a-b\"")]
    [InlineData("trunc 2 values.t", "\"Te\"")]
    [InlineData("trunc -2 values.t", "\"xt\"")]
    [InlineData("directory values.path", "\"/a/b/\"")]
    [InlineData("directory values.missing", "\"\"")]
    [InlineData("quote values.num", "\"600\"")]
    [InlineData("len values.missing", "0")]
    [InlineData("append (list 1 values.t) values.num", """[1,"Text",600]""")]
    [InlineData("fromJSON \"[1]\"", "[1]")]
    [InlineData("fromJSON values.missing", null)]
    [InlineData("toJSON values.list", "\"[\\u0022b\\u0022,\\u0022a\\u0022]\"")]
    [InlineData("toJSON values.missing", "\"{}\"")]
    [InlineData("omitNil values.map", """{"b":1}""")]
    [InlineData("omitNil values.nested", null)]
    [InlineData("dict \"a\" 1 \"b\" values.t", """{"a":1,"b":"Text"}""")]
    [InlineData("mergeMaps (dict \"a\" 1) values.missing (dict \"a\" 2)", """{"a":2}""")]
    [InlineData("mergeMaps values.missing", null)]
    [InlineData("omit (dict \"a\" 1 \"b\" 2) \"a\"", """{"b":2}""")]
    [InlineData("toYaml (dict \"b\" 1 \"a\" values.list)", "\"a:\\n- b\\n- a\\nb: 1\\n\"")]
    [InlineData("indent 2 \"a\"", "\"a\"")]
    [InlineData("printf \"%s-%d %q%%\" values.t values.num values.t", "\"Text-600 \\u0022Text\\u0022%\"")]
    [InlineData("includeInboundPorts values.containers", "\"80,9\"")]
    [InlineData("applicationPorts values.containers", "80")]
    [InlineData("formatDuration \"90s\"", "\"1m30s\"")]
    [InlineData("formatDuration \"0.5s\"", "\"500ms\"")]
    [InlineData("excludeInboundPort 15020 \"4, ,5\"", "\"4,5,15020\"")]
    [InlineData("excludeInboundPort 15020 \"15020,4\"", "\"15020,4\"")]
    [InlineData("excludeInboundPort 0 \"4, 5\"", "\"4, 5\"")]
    [InlineData("excludeInboundPort 15020 values.missing", "15020")]
    [InlineData("appendMultusNetwork values.missing \"istio-cni\"", "\"istio-cni\"")]
    [InlineData("appendMultusNetwork \"a\" \"istio-cni\"", "\"a, istio-cni\"")]
    [InlineData("appendMultusNetwork \"a, istio-cni\" \"istio-cni\"", "\"a, istio-cni\"")]
    [InlineData("appendMultusNetwork '[{\"name\": \"a\"}]' \"ns/istio-cni\"",
        "\"[{\\u0022name\\u0022: \\u0022a\\u0022}, {\\u0022name\\u0022: \\u0022istio-cni\\u0022, \\u0022namespace\\u0022: \\u0022ns\\u0022}]\"")]
    [InlineData("appendMultusNetwork \"broken]\" \"istio-cni\"", "\"broken]\"")]
    [InlineData("named \"n\" (dict \"name\" \"x\" \"a\" 1)", """{"name":"n","a":1}""")]
    [InlineData("otelResourceAttributes meshConfig metadata spec", "\"\"")]
    public void A_function_gives(string call, string? expected)
    {
        var bundle = Bundles.With($"spec:\n  result: {{{{#with (list ({call}))}}}}{{{{this}}}}{{{{/with}}}}\n", Values);

        var outcome = bundle.Inject(Bundles.PodWith(("a", "v")));

        Assert.True(outcome.Result == InjectionResult.Injected, outcome.Message);
        var result = outcome.Pod["spec"]!["result"]!.AsArray().SingleOrDefault();
        if (expected is "80" or "15020")
            Assert.Equal(expected, result!.GetValue<string>());
        else
            Assert.True(JsonNode.DeepEquals(expected is null ? null : JsonNode.Parse(expected), result), result?.ToJsonString() ?? "null");
    }

    [Fact]
    public void A_required_value_that_is_missing_denies_with_its_message()
    {
        var outcome = Bundles.With("spec:\n  a: {{required \"values.image must be set\" values.image}}\n").Inject(Bundles.PodWith());

        Assert.Equal("template 'sidecar' (templates/sidecar.yaml.hbs, line 2): values.image must be set", outcome.Message);
    }

    [Fact]
    public void Maps_are_walked_in_the_order_of_their_keys()
    {
        var bundle = Bundles.With("spec:\n  a: \"{{#each values}}{{@key}}={{this}};{{/each}}\"\n", "{c: 1, B: 2, a: 3}");

        Assert.Equal("B=2;a=3;c=1;", bundle.Inject(Bundles.PodWith()).Pod["spec"]!["a"]!.GetValue<string>());
    }

    [Fact]
    public void Env_reads_no_variable_but_those_for_templates()
    {
        Environment.SetEnvironmentVariable("TEMPLATE_REGION_OF_TEST", "eu");
        var bundle = Bundles.With("spec:\n  a: \"{{env \"REGION_OF_TEST\" \"none\"}} {{env \"PATH\" \"none\"}}\"\n");

        Assert.Equal("eu none", bundle.Inject(Bundles.PodWith()).Pod["spec"]!["a"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_page_about_templates_lists_every_function()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(CaseFolder.Root, "../../../docs/templates.md"));

        Assert.All(TemplateFunctions.All.Functions, f => Assert.Contains($"`{f.Usage}`", page, StringComparison.Ordinal));
    }
}
