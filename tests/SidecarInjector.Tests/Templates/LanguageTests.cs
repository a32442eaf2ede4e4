using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using HandlebarsDotNet;
using SidecarInjector.Configuration;
using SidecarInjector.Injection;
using SidecarInjector.Yaml;
using Xunit;

namespace SidecarInjector.Tests.Templates;

/// <summary>What the language of templates means: by a table of small templates, and by the library that templates are parsed with, which can render too.</summary>
public class LanguageTests
{
    /// <summary>Sorted, as maps are walked.</summary>
    private const string Values = """
        {deep: {er: {est: end}}, "dot.ted/name": dotted, empty: "", items: [{name: x, tags: [p, q]}, {name: z, tags: []}], letters: [a, b, c],
            map: {a: b, k: v}, none: [], nothing: {}, num: 3, off1: false, on1: true, t: text, this: own, zero: 0}
        """;

    [Theory]
    [InlineData("{{values.t}}", "text")]
    [InlineData("{{values.missing.more}}", "")]
    [InlineData("{{values.deep.er.est}} {{values/deep/er/est}} {{@root.values.t}}", "end end text")]
    [InlineData("{{#with (dict \"null\" 1 \"this\" 2)}}{{null}}{{#if null}}3{{/if}}{{concat [this]}}{{this.[this]}}{{/with}}", "22")]
    [InlineData("{{index values \"dot.ted/name\"}}{{values.[a/../b]}}{{@root.values.[..]}}", "dotted")]
    [InlineData("{{values..t}} {{@root.values..num}} {{values./t}} {{#with (dict \"null\" 1)}}{{default \"x\" null}}{{/with}}", "text 3 text x")]
    [InlineData("{{values.[dot.ted/name]}} {{index values \"dot.ted/name\"}}", "dotted dotted")]
    [InlineData("{{values.letters.[1]}}{{values.letters.0}}{{values.letters.9}}", "ba")]
    [InlineData("{{values.on1}} {{values.num}} {{values.t.length}}", "true 3 ")]
    [InlineData("{{#if values.t}}1{{/if}}{{#if values.zero}}2{{else}}3{{/if}}{{#if values.nothing}}4{{else if values.none}}5{{else}}6{{/if}}", "136")]
    [InlineData("{{#unless values.off1}}1{{else}}2{{/unless}}{{#unless values.on1}}3{{/unless}}", "1")]
    [InlineData("{{#if values.off1}}1{{else if (eq values.num 3)}}2{{else if values.on1}}3{{/if}}", "2")]
    [InlineData("{{#each values.letters}}{{@index}}{{@key}}{{this}}{{#if @first}}<{{/if}}{{#if @last}}>{{/if}} {{/each}}", "00a< 11b 22c> ")]
    [InlineData("{{#each values.map}}{{@index}}{{@key}}{{.}}{{@value}} {{/each}}", "0abb 1kvv ")]
    [InlineData("{{#each values.none}}1{{else}}{{values.t}}{{/each}}{{#each values.missing}}2{{else}}3{{/each}}", "text3")]
    [InlineData("{{#each values.items}}{{name}}{{#each tags}}{{this}}{{../name}}{{@../index}}{{/each}}{{@root.values.num}}{{../values.t}} {{/each}}", "xpx0qx03text z3text ")]
    [InlineData("{{#each values.items as |item at|}}{{at}}{{item.name}}{{#each item.tags as |tag|}}{{tag}}{{item.name}}{{/each}} {{/each}}", "0xpxqx 1z ")]
    [InlineData("{{#with values.deep}}{{er.est}}{{this.er.est}}{{./er.est}}{{../values.t}}{{/with}}", "endendendtext")]
    [InlineData("{{#with values.deep.er as |e|}}{{e.est}}{{/with}}{{#with values.empty}}1{{else}}{{values.num}}{{/with}}", "end3")]
    [InlineData("{{#with values}}{{t}}{{this.this}}{{#if on1}}{{t}}{{../metadata.name}}{{/if}}{{/with}}", "textowntextweb")]
    [InlineData("{{#each values.none}}1{{else if values.t}}2{{else}}3{{/each}}{{#with values.empty}}1{{else if values.zero}}2{{else}}3{{/with}}", "23")]
    [InlineData("{{../values.t}}{{#with values}}{{../../values.t}}{{/with}}", "")]
    [InlineData("{{#each values.none}}{{else}}{{../values.t}}{{/each}}", "text")]
    [InlineData("a  {{~values.t~}}  b{{! comment }}{{!-- {{values.t}} --}}", "atextb")]
    [InlineData("{{#if (and values.t (not values.off1))}}{{default \"d\" values.empty}}{{eq 1 1}}{{/if}}", "dtrue")]
    [InlineData("{{concat values.t 1 true \"x\" null undefined -2}}", "text1truex-2")]
    [InlineData("{{#with (dict \"len\" 5)}}{{this.len}}{{#if this.len}}1{{/if}}{{/with}}", "51")]
    [InlineData("{{list}}{{true}}{{\"literal\"}}", "[]trueliteral")]
    public void A_template_renders_to(string template, string expected)
    {
        var outcome = Bundles.With($"spec:\n  text: '{template}'\n", Values).Inject(Bundles.PodWith());

        Assert.True(outcome.Result == InjectionResult.Injected, outcome.Message);
        Assert.Equal(expected, outcome.Pod["spec"]!["text"]!.GetValue<string>());
    }

    [Fact]
    public void A_part_in_a_line_of_its_own_is_indented_and_its_values_stay_values()
    {
        const string Hostile = "1\n  evil: yes\nhostNetwork: true #";
        var bundle = BundleParser.ParseOrThrow([Bundles.File("config.yaml", "policy: enabled"),
            Bundles.File("templates/sidecar.yaml.hbs", "spec:\n  {{> part}}\n  text: \"{{> inline}}\"\n"),
            Bundles.File("templates/partials/part.hbs", "key:\n  a: {{metadata.annotations.x}}\n\n  b: \"{{metadata.name}}\"\n"),
            Bundles.File("templates/partials/inline.hbs", "<{{metadata.annotations.x}}>")]);

        var outcome = bundle.Inject(Bundles.PodWith(("x", Hostile)));

        Assert.True(outcome.Result == InjectionResult.Injected, outcome.Message);
        var spec = outcome.Pod["spec"]!.AsObject();
        Assert.Equal(["containers", "key", "text"], spec.Select(e => e.Key));
        Assert.Equal(Hostile, spec["key"]!["a"]!.GetValue<string>());
        Assert.Equal("web", spec["key"]!["b"]!.GetValue<string>());
        Assert.Equal($"<{Hostile}>", spec["text"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("{{#each values.t}}{{this}}{{/each}}", "each takes a list or a map, found text")]
    [InlineData("{{#each values.num}}{{this}}{{/each}}", "each takes a list or a map, found 3")]
    public void A_loop_over_what_has_no_items_says_so(string template, string expected)
    {
        var outcome = Bundles.With($"spec:\n  text: '{template}'\n", Values).Inject(Bundles.PodWith());

        Assert.Equal($"template 'sidecar' (templates/sidecar.yaml.hbs, line 2): {expected}", outcome.Message);
    }

    [Fact]
    public void Raw_text_takes_what_functions_give_and_no_reserved_characters()
    {
        const string Config = "policy: enabled\nallowRawText: true";

        var outcome = Bundles.With("spec:\n  map:\n    {{{indent 4 (toYaml values.map)}}}\n", Values, Config).Inject(Bundles.PodWith());
        var literal = Bundles.With("spec:\n  text: {{{\"x\"}}}{{{1}}}\n", Values, Config).Inject(Bundles.PodWith());
        var refused = Bundles.With("spec:\n  a: {{{metadata.annotations.x}}}\n", Values, Config).Inject(Bundles.PodWith(("x", "\uE0000\uE001")));

        Assert.True(outcome.Result == InjectionResult.Injected, outcome.Message);
        Assert.Equal("""{"a":"b","k":"v"}""", outcome.Pod["spec"]!["map"]!.ToJsonString());
        Assert.Equal("x1", literal.Pod["spec"]!["text"]!.GetValue<string>());
        Assert.Contains("line 2): a value inserted as raw text holds U+E000 or U+E001", refused.Message, StringComparison.Ordinal);
    }

    private static Gen<string> Templates { get; } = Gen.Recursive<string>((depth, inner) =>
    {
        var texts = Gen.OneOf("t", "num", "this.t", "./num", "deep.er.est", "../t", "../../num", "@root.values.t", "@index", "@key", "name", "deep/er/est", "@../index",
            "missing", "letters.[1]", "../letters.0", "[dot.ted/name]", "@root.metadata.name");
        var any = Gen.OneOf(texts, Gen.OneOf("this", ".", "one", "two", "@value", "../one", "deep", "letters", "map", "on1", "@first", "@last"));
        var values = Gen.OneOf(texts.Select(p => $"{{{{{p}}}}}"), any.Select(p => $"{{{{concat {p}}}}}"));
        var sources = Gen.OneOf("letters", "items", "map", "none", "missing", "tags", "../letters", "@root.values.items", "deep.er", "empty");
        var names = Gen.OneOf("", "", " as |one|", " as |one two|");
        return depth >= 4 ? values : Gen.Frequency(
            (3, values),
            (2, Gen.Select(values, Gen.OneOf(" ", "x", "-"), inner).Select((a, b, c) => a + b + c)),
            (2, Gen.Select(sources, names, inner, inner).Select((s, n, a, b) => $"{{{{#each {s}{n}}}}}{a},{{{{else}}}}{OutOfLoops(b)}{{{{/each}}}}")),
            (2, Gen.Select(sources, names, inner, inner).Select((s, n, a, b) => $"{{{{#with {s}{n}}}}}{a}{{{{else}}}}{b}{{{{/with}}}}")),
            (2, Gen.Select(Gen.OneOf("if", "unless"), any, inner, inner).Select((k, p, a, b) => $"{{{{#{k} {p}}}}}{a}{{{{else}}}}{b}{{{{/{k}}}}}")),
            (1, Gen.Select(any, any, inner, inner).Select((p, q, a, b) => $"{{{{#if {p}}}}}{a}{{{{else if {q}}}}}{b}{{{{/if}}}}")));
    });

    /// <summary>Where a loop has no rounds, the library still knows its <c>@index</c> and the like.</summary>
    private static string OutOfLoops(string template) => template.Replace("@../", "@", StringComparison.Ordinal).Replace("@", "no-", StringComparison.Ordinal);

    [Fact]
    public void Any_template_means_what_it_means_to_the_library() => Templates.Sample(body =>
    {
        var template = $"{{{{#with values}}}}{body}{{{{/with}}}}";
        var outcome = Bundles.With($"spec:\n  text: '{template}'\n", Values).Inject(Bundles.PodWith());

        Assert.True(outcome.Result == InjectionResult.Injected, outcome.Message);
        Assert.Equal(ByLibrary(template), outcome.Pod["spec"]!["text"]!.GetValue<string>());
    }, iter: 1_000);

    private static string ByLibrary(string template)
    {
        var library = Handlebars.Create(new HandlebarsConfiguration { NoEscape = true });
        library.RegisterHelper("concat", (writer, _, arguments) => writer.WriteSafeString(Printed(arguments[0])));
        return library.Compile(template)(new Dictionary<string, object?>
        {
            ["values"] = Plain(YamlResolver.ToJson(YamlReader.ReadSingle(Values)!)),
            ["metadata"] = new Dictionary<string, object?> { ["name"] = "web" },
        });
    }

    private static string Printed(object? value) => value switch
    {
        null or UndefinedBindingResult => "",
        string text => text,
        _ => JsonSerializer.Serialize(value),
    };

    /// <summary>The data as the library knows it best.</summary>
    private static object? Plain(JsonNode? node) => node switch
    {
        JsonObject map => new SortedDictionary<string, object?>(map.ToDictionary(e => e.Key, e => Plain(e.Value)), StringComparer.Ordinal),
        JsonArray list => list.Select(Plain).ToArray(),
        JsonValue value when value.TryGetValue<long>(out var number) => number,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        JsonValue value => value.GetValue<string>(),
        _ => null,
    };
}
