using System.Text.Json.Nodes;
using CsCheck;
using SidecarInjector.Injection;
using Xunit;

namespace SidecarInjector.Tests.Templates;

/// <summary>Values are put into the parsed document: none can change its structure.</summary>
public class SlotTests
{
    private const string Template = """
        metadata:
          annotations:
            plain: prefix-{{annotation metadata "in"}}
            "key-{{annotation metadata "in"}}": fixed
            folded: >
              {{annotation metadata "in"}} and more
        spec:
          containers:
          - name: sidecar
            image: "sidecar:1"
            args: ["{{annotation metadata "in"}}", 'a {{annotation metadata "in"}} b', "{{#if true}}{{annotation metadata "in"}}{{/if}}"]
            env:
            - name: BLOCK
              value: |
                {{annotation metadata "in"}}
                last
        """;

    private static readonly string[] Hostile =
    [
        "a\nb: c", "\"", "'", "\" }, {\"x\": \"", "}}", "{{values}}", "{{{values}}}", "- x", "x: y", "# c", "&a *a", "*a", "!!binary x",
            "%YAML 1.1", "---\n", "...\n", "\t", "\0", "\uE000" + "0\uE001", "$patch: replace",
        "|", ">", "? k", "[", "{", "]", ",", "`", "@", "\r\n", "\u0085", "\u2028", "\uFEFF", "yes", "null", "~", "1e3", "0x10", ".inf",
            new string('x', 100_000),
    ];

    private static readonly Gen<string> HostileText = Gen.OneOf(Gen.Int[0, Hostile.Length - 1].Select(i => Hostile[i]), Gen.String[0, 30],
        Gen.Int[0, Hostile.Length - 2].Select(i => Hostile[i]).Array[2, 4].Select(parts => string.Concat(parts)));

    [Fact]
    public void Whatever_a_value_holds_only_the_scalars_with_it_differ()
    {
        var bundle = Bundles.With(Template);
        var harmless = Shape(bundle.Inject(Bundles.PodWith(("in", "x"))).Pod, "x");

        HostileText.Sample(value =>
        {
            var outcome = bundle.Inject(Bundles.PodWith(("in", value)));

            if (outcome.Result == InjectionResult.Injected)
                Assert.Equal(harmless, Shape(outcome.Pod, value));
            else
                Assert.Contains("template 'sidecar'", outcome.Message, StringComparison.Ordinal);
        }, iter: 2_000);
    }

    /// <summary>The pod's structure: keys, list lengths, and kinds, with the value itself taken out.</summary>
    private static string Shape(JsonNode? node, string value) => node switch
    {
        JsonObject map => "{" + string.Join(',', map.Where(e => e.Key != "in")
            .Select(e => e.Key.Replace("key-" + value, "key", StringComparison.Ordinal) + ":" + Shape(e.Value, value))) + "}",
        JsonArray list => "[" + string.Join(',', list.Select(i => Shape(i, value))) + "]",
        null => "null",
        _ => node.GetValueKind().ToString(),
    };

    [Theory]
    [InlineData("1337", "1337")]
    [InlineData("true", "true")]
    [InlineData("null", null)]
    [InlineData("", null)]
    [InlineData("010", "8")]
    [InlineData("a: b", "\"a: b\"")]
    [InlineData("{a: b}", "\"{a: b}\"")]
    public void A_plain_scalar_that_is_one_value_is_read_as_one_YAML_scalar(string value, string? expected)
    {
        var bundle = Bundles.With("spec:\n  probe: {{annotation metadata \"in\"}}\n");

        var outcome = bundle.Inject(Bundles.PodWith(("in", value)));

        Assert.Equal(expected, outcome.Pod["spec"]!["probe"]?.ToJsonString());
    }

    [Fact]
    public void A_value_keeps_its_own_type_in_a_plain_scalar_and_is_text_in_quotes()
    {
        var bundle = Bundles.With(
            "spec:\n  a: {{values.number}}\n  b: \"{{values.number}}\"\n  c: {{values.flag}}\n  d: {{values.map}}\n  e: {{values.list}}\n  f: {{quote values.number}}\n  g: v{{values.number}}\n  h: {{values.number}}5\n",
            "{number: 600, flag: false, map: {x: 1}, list: [a, 2]}");

        var spec = bundle.Inject(Bundles.PodWith()).Pod["spec"]!.AsObject();

        spec.Remove("containers");
        Assert.Equal("""{"a":600,"b":"600","c":false,"d":{"x":1},"e":["a",2],"f":"600","g":"v600","h":6005}""", spec.ToJsonString());
    }

    [Theory]
    [InlineData("spec: {x: {{fromJSON (annotation metadata \"in\")}} }", """{"a":{"$patch":"replace"}}""")]
    [InlineData("spec: {x: {\"{{annotation metadata \"in\"}}\": replace}}", "$patch")]
    [InlineData("spec: {x: {\"${{annotation metadata \"in\"}}\": replace}}", "patch")]
    public void A_merge_directive_that_comes_by_a_value_is_refused(string template, string value)
    {
        var outcome = Bundles.With(template).Inject(Bundles.PodWith(("in", value)));

        Assert.Equal(InjectionResult.Refused, outcome.Result);
        Assert.Contains("$patch", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_a_value_makes_twice_is_refused()
    {
        var outcome = Bundles.With("metadata:\n  labels:\n    a: b\n    \"{{annotation metadata \"in\"}}\": c\n").Inject(Bundles.PodWith(("in", "a")));

        Assert.Contains("'a' comes twice", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_pod_of_the_same_shape_parses_no_YAML()
    {
        var bundle = Bundles.With(Template);
        var cache = bundle.Templates["sidecar"].Skeletons;

        bundle.Inject(Bundles.PodWith(("in", "first")));
        var after = cache.Count;
        bundle.Inject(Bundles.PodWith(("in", "second")));

        Assert.Equal((1, 1), (after, cache.Count));
    }

    [Fact]
    public void The_cache_of_shapes_is_bounded()
    {
        var cache = new SidecarInjector.Templates.SkeletonCache(maximumEntries: 10, maximumCharacters: 10_000);

        for (var i = 0; i < 1_000; i++)
            cache.GetOrParse($"a: {i}");

        Assert.InRange(cache.Count, 1, 10);
    }

    [Fact]
    public void Numbers_and_booleans_print_the_same_in_every_culture()
    {
        var before = System.Globalization.CultureInfo.CurrentCulture;
        System.Globalization.CultureInfo.CurrentCulture = (System.Globalization.CultureInfo)before.Clone();
        System.Globalization.CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator = ",";
        try
        {
            var bundle = Bundles.With("spec:\n  a: \"{{values.a}} {{values.b}} {{values.c}}\"\n", "{a: 1.5, b: true, c: 1e21}");

            Assert.Equal("1.5 true 1e+21", bundle.Inject(Bundles.PodWith()).Pod["spec"]!["a"]!.GetValue<string>());
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = before;
        }
    }
}
